"""The commands of what leaves: peers, the outbox, sending, and complaints that wait."""
