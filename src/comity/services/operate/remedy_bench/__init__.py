"""Infections whose truth is known: whom the program names, and what it says of what helped."""
