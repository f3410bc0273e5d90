"""Pictures of the desk: drawn on the server, each with its numbers as a table, as SVG and CSV to take away."""
