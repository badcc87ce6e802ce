"""Tables that an SQL file defines itself."""
