"""Source text to query context; knows nothing of LSP or models."""
