"""Join what two networks trust each other in: cards, keys, the exchange of ledgers, repair."""
