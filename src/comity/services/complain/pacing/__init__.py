"""How reports about one campaign are paced."""
