"""Which dialect SQL is in, and what said so."""
