"""Joint statements: what each side puts in, how both sign the same bytes, and how a stranger checks them."""
