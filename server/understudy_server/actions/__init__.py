"""What editors can do with a query context besides completing it."""
