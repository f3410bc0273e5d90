"""What programs ask about infected subscribers."""
