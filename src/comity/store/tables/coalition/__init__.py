"""The tables of what networks share and owe: signals, guidance, entries of members, minutes, statements, answers, heads by mail."""

from comity.store.tables.coalition import answers, members, minutes, signals, statements

__all__ = ["answers", "members", "minutes", "signals", "statements"]
