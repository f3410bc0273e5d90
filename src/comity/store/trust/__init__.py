"""Queries about trust between peers: their keys, the history that each side has, and whose signature was sent again."""
