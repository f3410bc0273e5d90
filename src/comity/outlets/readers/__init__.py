"""Processes with bounds that read what strangers send."""
