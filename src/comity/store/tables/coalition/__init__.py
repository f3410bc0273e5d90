"""The tables of what networks share: signals, guidance, entries of members, minutes, statements."""

from comity.store.tables.coalition import members, minutes, signals, statements

__all__ = ["members", "minutes", "signals", "statements"]
