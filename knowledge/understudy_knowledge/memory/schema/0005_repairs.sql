-- Bugs that the student wrote and what is right in their place, for the fix action.
CREATE TABLE repairs (
  id         TEXT PRIMARY KEY,
  example_id TEXT NOT NULL,
  body       TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX repairs_of_example ON repairs (example_id);

PRAGMA user_version = 5;
