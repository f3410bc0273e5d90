"""Queries about infected subscribers."""
