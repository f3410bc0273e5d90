"""The store: one set of tables and queries, kept in SQLite. Services run inside its transactions and never import it."""
