"""Speak to mail systems as SpamAssassin's spamd does."""
