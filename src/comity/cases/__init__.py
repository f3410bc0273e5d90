"""Cases: all evidence on one subject over time. Pure: time, lists and look-up results come in as arguments."""
