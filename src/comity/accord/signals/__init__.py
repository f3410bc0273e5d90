"""Signals between networks: which may be proposed, taken and adopted, what stands in them, and who may see them."""
