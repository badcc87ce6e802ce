"""Hover, diagnostics and code actions: plain functions over query context, statements and catalog; know nothing of LSP."""
