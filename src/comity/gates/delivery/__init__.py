"""Judge mail at delivery: for our own mail host, and for whoever speaks to us as to SpamAssassin."""
