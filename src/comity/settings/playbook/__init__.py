"""Playbooks in files, and the settings about them."""
