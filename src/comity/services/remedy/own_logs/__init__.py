"""Our own mail hosts as a witness: counters by line and hour, held against the line's own past."""
