"""The provider's side of the loop: who is told (ladder), how much (redaction)."""
