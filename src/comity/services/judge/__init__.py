"""Judging mail and learning from what people say about it."""
