"""The tables, by area. Importing this package puts them all into ``comity.store.metadata``."""

from comity.store.tables import (
    agreements,
    cases,
    coalition,
    intake,
    integration,
    learning,
    leases,
    ledger,
    peers,
    playbook,
    practices,
    recourse,
    sending,
    sightings,
    trust,
)

__all__ = [
    "agreements",
    "cases",
    "coalition",
    "intake",
    "integration",
    "learning",
    "leases",
    "ledger",
    "peers",
    "playbook",
    "practices",
    "recourse",
    "sending",
    "sightings",
    "trust",
]
