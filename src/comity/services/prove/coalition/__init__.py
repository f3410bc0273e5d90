"""Many peers: a directory of members as each describes itself, and a digest of what changed and who waits for whom."""
