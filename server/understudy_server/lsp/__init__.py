"""pygls adapter: one file per LSP method, thin; no logic of its own."""
