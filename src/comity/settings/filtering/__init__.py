"""Settings of the filter: how it judges, and how it learns from people."""
