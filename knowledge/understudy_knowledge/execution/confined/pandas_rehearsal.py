"""A small program like those that jobs run: pandas loads what it loads on first use, and a child copies the pages it will write to."""

import io

import pandas

from understudy_knowledge.execution.confined.python_engine import evaluate
from understudy_knowledge.execution.confined.values import table_of

_REQUEST = {"rows": 9, "bytes": 1 << 16, "row_bytes": 1 << 16}


def rehearse() -> None:
    """Run it once."""
    frame = pandas.read_csv(io.StringIO("a,b\n1,x\n2,y\n"))
    table_of(frame.groupby("b").a.sum().sort_values(), _REQUEST)
    evaluate("import pandas as pd\nsum(n for n in range(3))")


_frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
_frame.merge(_frame, on="b").reset_index().to_dict()
rehearse()
