"""Signing in through a house that knows its people already (OpenID Connect)."""
