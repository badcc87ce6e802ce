"""The roles student and teacher, and the backends that fill them."""
