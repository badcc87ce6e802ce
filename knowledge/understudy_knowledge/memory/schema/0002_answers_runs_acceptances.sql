-- Answers of teacher and student, so that a resumed exploration pays for nothing twice.
CREATE TABLE answers (
  request_hash TEXT PRIMARY KEY,
  role         TEXT NOT NULL,
  model        TEXT NOT NULL,
  response     TEXT NOT NULL,
  created      TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
  number   INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  started  TEXT NOT NULL,
  finished TEXT,
  settings TEXT NOT NULL,
  figures  TEXT
);

-- The hash of the accepted text, never the text: acceptances say that a lesson helped, not what was written.
CREATE TABLE acceptances (
  suggestion TEXT PRIMARY KEY,
  cases      TEXT NOT NULL,
  text_hash  TEXT NOT NULL,
  accepted   TEXT NOT NULL
) WITHOUT ROWID;

PRAGMA user_version = 2;
