"""What programs of others do here: their tokens, and what became of what they handed over."""
