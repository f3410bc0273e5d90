"""What is written between a desk and those whom a case concerns."""
