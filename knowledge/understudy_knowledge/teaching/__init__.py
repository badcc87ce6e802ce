"""Exploration: plan, attempt, verdict, refined plan; then admission by measured lift."""
