"""Mark mail at delivery: our own mail host asks us through the milter protocol."""
