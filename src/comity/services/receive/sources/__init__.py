"""Sources of feedback: whom each item is from, how far that is believed, and what about a feed alarms somebody."""
