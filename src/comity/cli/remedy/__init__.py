"""Commands about infected subscribers."""
