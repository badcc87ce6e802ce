"""Query context to suggestion: prompt, request, filters, schema check, cache."""
