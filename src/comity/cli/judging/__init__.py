"""Commands about telling spam from legitimate mail."""
