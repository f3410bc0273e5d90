"""The tables, by area. Importing this package puts them all into ``comity.store.metadata``."""

from comity.store.tables import cases, intake, ledger, peers, practices, recourse, sending, sightings, trust

__all__ = ["cases", "intake", "ledger", "peers", "practices", "recourse", "sending", "sightings", "trust"]
