"""Copies of a desk's files and databases."""
