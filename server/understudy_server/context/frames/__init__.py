"""DataFrames in Python code: which are visible at a cursor and which columns they have, read without running anything."""
