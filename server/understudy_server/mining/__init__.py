"""Project files to examples."""
