"""Speak IMAP with a server that may lie, hang or flood us; for mailboxes that are watched."""
