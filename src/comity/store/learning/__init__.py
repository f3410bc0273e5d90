"""Queries about what people teach the filter."""
