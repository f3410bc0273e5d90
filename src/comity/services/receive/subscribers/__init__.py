"""From what a report names to the subscriber whose it is."""
