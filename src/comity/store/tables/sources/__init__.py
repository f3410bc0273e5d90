"""Tables of who says it, and of whose mail it was."""

from comity.store.tables.sources import feeds, logins

__all__ = ["feeds", "logins"]
