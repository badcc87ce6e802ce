"""Questions about Lantern Street Coffee that the weekly reports ask in Python."""
