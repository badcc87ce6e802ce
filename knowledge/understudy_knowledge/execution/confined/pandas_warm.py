"""Makes pandas load what it loads on first use, once in the zygote instead of in every child."""

import io

import pandas

_frame = pandas.read_csv(io.StringIO("a,b\n1,x\n2,y\n"))
_frame.groupby("b").a.sum().sort_values().reset_index().merge(_frame, on="b").to_dict()
