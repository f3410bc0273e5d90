"""Everything here is true of both databases: what opens a store runs in SQLite, and with ``--live`` in PostgreSQL too."""

from ..engines import engine, postgres, pytest_generate_tests

__all__ = ["engine", "postgres", "pytest_generate_tests"]
