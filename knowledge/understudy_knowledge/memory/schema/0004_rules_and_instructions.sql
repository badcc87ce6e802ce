-- What the general instructions consist of, one row for each rule, and what the knowledge tree's inner nodes say.
CREATE TABLE rules (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE instructions (
  path TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;

-- What a person forgot is not distilled again from other cases.
CREATE TABLE forgotten_rules (
  id        TEXT PRIMARY KEY,
  forgotten TEXT NOT NULL
) WITHOUT ROWID;

PRAGMA user_version = 4;
