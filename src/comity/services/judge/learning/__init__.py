"""Let the filter learn from what people say, and take it back again."""
