"""The tables of what networks share: signals, guidance, entries of members."""

from comity.store.tables.coalition import members, signals

__all__ = ["members", "signals"]
