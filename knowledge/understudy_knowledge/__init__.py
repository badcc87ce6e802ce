"""Everything the system knows and how it learns; knows nothing of editors, shells or the server package."""
