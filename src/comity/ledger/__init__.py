"""The ledger as pure arithmetic: tree, leaves, signed notes, checkpoints. It stores nothing and signs with keys it is given."""
