"""Queries about what a desk must not overlook."""
