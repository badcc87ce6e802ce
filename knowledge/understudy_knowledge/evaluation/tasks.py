"""The kinds of questions that a dataset may ask, and how its sides are made."""

from typing import Literal

Task = Literal["sql", "pandas", "table-math"]
TASKS: tuple[Task, ...] = ("sql", "pandas", "table-math")

SplitBy = Literal["given", "family", "database"]
"""How sides are made: as the dataset says, whole query families to one side, or whole databases."""
