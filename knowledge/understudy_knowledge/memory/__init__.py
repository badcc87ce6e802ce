"""Records and their store."""
