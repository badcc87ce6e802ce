"""SQL as pandas and back: what both can say, in one record between two readers and two writers."""
