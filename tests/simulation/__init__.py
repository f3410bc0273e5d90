"""Two to five networks in one process, with a clock, a net and disks that a seed decides about."""
