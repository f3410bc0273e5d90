"""Notices to subscribers: a reference that can be checked, and the words around it."""
