"""Queries about programs that integrate this one."""
