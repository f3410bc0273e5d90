"""Queries about what may be kept, what is on hold, and what was erased."""
