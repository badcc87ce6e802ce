"""Metrics, splits and the before-and-after measurement."""
