"""What the store knows of who says it, and of whose mail it was."""
