"""What a model gave for some texts -> unit vectors that can be compared, or None. Trusts nothing."""

import numpy as np
from numpy.typing import NDArray

MOST_DIMENSIONS = 16_384


def unit_rows(given: object, count: int) -> NDArray[np.float32] | None:
    """`count` float32 rows of length 1; None where it is anything but as many finite rows of one size, none of them zero."""
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as that
            rows = np.asarray(given, dtype=np.float32)
    except (TypeError, ValueError, OverflowError):
        return None
    if rows.ndim != 2 or len(rows) != count or not 1 <= rows.shape[1] <= MOST_DIMENSIONS:
        return None
    wide = rows.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    if not np.isfinite(lengths).all() or not (lengths > 1e-12).all():
        return None
    unit: NDArray[np.float32] = (wide / lengths[:, None]).astype(np.float32)
    return unit
