-- Columns beside `body` are what queries ask for; the body is the whole record as JSON and is what is given back.
CREATE TABLE cases (
  id              TEXT PRIMARY KEY,
  example_id      TEXT NOT NULL,
  status          TEXT NOT NULL,
  masked_question TEXT NOT NULL,
  skeleton        TEXT NOT NULL,
  tables          TEXT NOT NULL,
  body            TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX cases_by_status ON cases (status);

CREATE TABLE general (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  body TEXT NOT NULL
);

-- One row: the generation grows by one with each change that retrieval or a prompt depends on.
CREATE TABLE state (
  only       INTEGER PRIMARY KEY CHECK (only = 1),
  generation INTEGER NOT NULL
);

INSERT INTO state (only, generation) VALUES (1, 0);

-- "UNDS": tells a knowledge store from any other SQLite database.
PRAGMA application_id = 1431192659;

PRAGMA user_version = 1;
