"""The public forms of what is kept: one object each, the same for every command and for the API."""
