"""A text document that is edited in place, and what is remembered of it; knows no language."""
