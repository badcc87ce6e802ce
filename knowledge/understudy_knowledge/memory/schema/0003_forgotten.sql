-- What a person forgot is not learned again from the same example.
CREATE TABLE forgotten (
  example_id TEXT PRIMARY KEY,
  forgotten  TEXT NOT NULL
) WITHOUT ROWID;

PRAGMA user_version = 3;
