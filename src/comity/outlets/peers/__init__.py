"""The way to peers: an HTTPS client, and a certificate of our own."""
