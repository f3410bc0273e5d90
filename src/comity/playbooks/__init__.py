"""Playbooks that come with Comity, as data."""
