"""Sightings of bots are taken in, and become cases when they agree."""
