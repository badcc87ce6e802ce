"""What settings may choose of exploration. Imports nothing of the project, because settings name it."""

from typing import Literal, get_args

Order = Literal["policy", "file", "random"]
"""The orders in which examples may be explored: by what they promise (see `policy`), as they stand in the project's files, or
at random."""
FreeHelp = Literal["lesson", "catalog", "demonstration"]
"""Help that costs no call of a teacher: lessons admitted so far, what the catalog says of the question's words, or the student's
own verified answers to other questions."""
FREE_HELP: tuple[FreeHelp, ...] = get_args(FreeHelp)
TAU = 0.4
"""Width of the top reward band: what lies within it is as good as the best, so that the cheaper one of them is taken. See ADS."""
