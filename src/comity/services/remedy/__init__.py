"""An infected subscriber is told, believes it, and is helped."""
