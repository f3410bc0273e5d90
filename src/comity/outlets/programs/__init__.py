"""Other programs that are told something."""
