"""What two networks did is written down so that either can prove it."""
