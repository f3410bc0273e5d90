"""Find what is there by the words that people remember of it."""
