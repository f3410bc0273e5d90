"""A year of two networks, jumped through: every piece of work that the running program does by the clock, on a clock of our own."""
