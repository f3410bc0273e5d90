"""Feedback comes in: use cases of the second journey."""
