"""One module for each page: its view models and how they are made."""
