"""A complaint goes out: from the reported mail to a report for each party responsible."""
