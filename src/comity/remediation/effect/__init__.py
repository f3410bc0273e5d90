"""Whether telling and helping made lines clean, with its uncertainty."""
