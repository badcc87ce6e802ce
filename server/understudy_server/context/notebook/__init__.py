"""Notebooks: their cells, magics and Markdown."""
