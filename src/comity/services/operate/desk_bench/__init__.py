"""A desk to measure pages by."""
