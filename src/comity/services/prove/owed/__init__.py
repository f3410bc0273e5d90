"""What peers owe each other, and are reminded of."""
