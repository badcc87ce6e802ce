"""Run untrusted code safely and compare results."""
