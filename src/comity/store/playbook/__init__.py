"""Queries about playbooks: where cases stand, and what was decided about them."""
