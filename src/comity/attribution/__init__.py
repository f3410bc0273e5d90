"""Whose message it was: one Origin out of a message, and the parties responsible in their roles."""
