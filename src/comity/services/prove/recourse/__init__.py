"""Recourse: whoever is listed, limited, blocked or reported asks why, objects, and gets a dated answer by a person."""
