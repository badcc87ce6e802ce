"""One score out of two legs: a convex combination of scores that are both in [0, 1].

Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), find it better than reciprocal
rank fusion and robust to its one weight. It also keeps what ranks throw away and abstention needs: how near the best one is.
"""

import numpy as np
from numpy.typing import NDArray

_DENSE_WEIGHT = 0.4
"""Measured on paraphrased questions of 60 Spider databases: 0.25 to 0.5 are alike, 0 and 1 are worse."""


def fuse(dense: NDArray[np.float32], lexical: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fused scores in [0, 1], element by element; cosines below zero count as zero."""
    weight = np.float32(_DENSE_WEIGHT)
    fused: NDArray[np.float32] = weight * np.minimum(np.maximum(dense, 0), 1) + (1 - weight) * lexical
    return fused
