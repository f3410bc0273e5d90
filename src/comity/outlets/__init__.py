"""What we drive outside: mailboxes to look into, mail out, DNS, webhooks, files."""
