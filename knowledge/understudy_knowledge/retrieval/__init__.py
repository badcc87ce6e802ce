"""Which lesson, if any, belongs into this prompt."""
