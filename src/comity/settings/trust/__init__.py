"""Settings of what networks tell each other beside reports: signals, the coalition."""
