"""Agreements between two networks: proposed, accepted, amended, ended, and taken from the other side."""
