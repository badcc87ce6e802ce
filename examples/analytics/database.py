"""Where the data is and the day it was taken."""

import sqlite3
from pathlib import Path

import sqlalchemy

ROOT = Path(__file__).resolve().parent.parent
DATABASE = ROOT / "roastery.db"
TARGETS = ROOT / "data" / "monthly_targets.csv"
AS_OF = "2025-06-30"


def connect() -> sqlite3.Connection:
    return sqlite3.connect(f"{DATABASE.as_uri()}?mode=ro", uri=True)


def engine() -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(f"sqlite:///{DATABASE}")
