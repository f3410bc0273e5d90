"""Report cards: how a consumer's mail is received, for the consumer and for our own postmaster."""
