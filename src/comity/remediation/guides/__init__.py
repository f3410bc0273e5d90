"""What subscribers read: packs of one language each, and how easy they are to read."""
