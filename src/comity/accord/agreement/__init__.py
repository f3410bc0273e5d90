"""Agreements as documents: their form, their life, what they allow, and their words."""
