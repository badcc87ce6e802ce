"""Cleaners of a raw completion: one filter, one file, one golden."""
