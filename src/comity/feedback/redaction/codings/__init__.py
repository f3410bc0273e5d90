"""Ways to write a text so that it does not look like one, undone with the way back."""
