"""Queries about trust between peers: their keys, and the history that each side has."""
