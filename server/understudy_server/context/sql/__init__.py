"""SQL from tokens alone: statements, clauses, scopes and relations, also in text that does not parse."""
