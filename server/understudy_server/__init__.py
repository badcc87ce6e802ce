"""Everything that faces the editor and the shell."""
