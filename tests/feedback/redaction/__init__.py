"""Redaction: one folder, because its tests share the ways to hide an address."""
