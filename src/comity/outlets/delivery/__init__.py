"""What the gates at delivery ask: the DNS, and a process that judges large mail."""
