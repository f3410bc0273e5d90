"""What benches measure: a desk, a mailbox provider, each ready in a folder of its own."""
