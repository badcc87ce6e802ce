"""The HTML report of a distillation."""
