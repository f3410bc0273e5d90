"""What is taken out of reports, and how we alone find it again."""
