"""The orders in which examples may be explored. Imports nothing, because settings name them."""

from typing import Literal

Order = Literal["policy", "file", "random"]
"""By what they promise (see `policy`), as they stand in the project's files, or at random."""
