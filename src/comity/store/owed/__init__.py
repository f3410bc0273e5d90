"""Queries about what networks owe each other."""
