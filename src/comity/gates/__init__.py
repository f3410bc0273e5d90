"""Where mail comes in: LMTP and SMTP. Nothing here reads what strangers wrote; it is taken in, kept, acknowledged."""
