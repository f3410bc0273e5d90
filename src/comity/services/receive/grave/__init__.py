"""What must not wait, and what must not be shown."""
