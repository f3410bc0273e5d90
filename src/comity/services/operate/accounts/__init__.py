"""Accounts of the pages: kept, signed in to, and what was seen through them."""
