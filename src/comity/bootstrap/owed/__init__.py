"""Join what looks at debts between peers: answers by the agreement, and heads of ledgers that go by mail."""
