"""What the store knows of the subscribers behind our addresses."""
