"""The kinds of questions that a dataset may ask."""

from typing import Literal

Task = Literal["sql", "pandas", "table-math"]
TASKS: tuple[Task, ...] = ("sql", "pandas", "table-math")
