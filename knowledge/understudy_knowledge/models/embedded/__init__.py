"""Backends without model files: the symbolic teacher and the symbolic student."""
