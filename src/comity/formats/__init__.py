"""Bytes to records and back, without I/O: every reader and writer of a wire format."""
