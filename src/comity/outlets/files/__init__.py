"""How files of ours come to be on the disk."""
