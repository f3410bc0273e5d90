"""Comity: the complaint feedback loop between mail networks that have no reason to trust each other."""

__version__ = "0.9.0"
