"""The infected subscriber: notices that are believed, guides that help."""
