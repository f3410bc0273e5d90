"""Queries about those who get reports from us without an agreement that both signed."""
