"""Use cases of whoever runs the program: measuring it, looking after it."""
