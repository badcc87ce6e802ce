"""Backends over any OpenAI-compatible HTTP server, vLLM first."""
