"""Leaves that a peer posts: what is wrong with each, what is said against it, what a refused one holds up and for how long."""
