"""FAISS on a GPU, where there is one and the FAISS installed was built for it. Knows indexes, not what they hold.

`faiss-cpu` and `faiss-gpu` are one module by name; the first lacks what is asked for here. Whatever a GPU refuses, for lack of
memory beside a student that fills it or because it cannot hold that kind of index, stays on the CPU, which finds the same.
"""

import logging
from types import ModuleType
from typing import Any

_LOG = logging.getLogger(__name__)


def gpus(faiss: ModuleType) -> int:
    """How many GPUs this FAISS can use."""
    count = getattr(faiss, "get_num_gpus", None)
    return int(count()) if count is not None and hasattr(faiss, "StandardGpuResources") else 0


def copy_on_gpu(faiss: ModuleType, index: Any) -> Any:
    """The same index on the first GPU, or None."""
    if not index.ntotal or not gpus(faiss):
        return None
    resources = faiss.StandardGpuResources()
    # A student may need what FAISS would set aside.
    resources.noTempMemory()
    options = faiss.GpuClonerOptions()
    # The graph that finds lists has no kind of its own on a GPU; asked on the CPU, it names the same lists.
    options.allowCpuCoarseQuantizer = True
    try:
        copy = faiss.index_cpu_to_gpu(resources, 0, index, options)
    except RuntimeError as error:
        _LOG.info("An index of %d vectors stays on the CPU: %s", index.ntotal, error)
        return None
    if hasattr(index, "nprobe"):
        copy.nprobe = index.nprobe
    return copy


def assigner_on_gpu(faiss: ModuleType, dimensions: int) -> Any:
    """What finds the nearest means while lists are trained: the same means, found sooner; None without a GPU."""
    if not gpus(faiss):
        return None
    try:
        return faiss.index_cpu_to_all_gpus(faiss.IndexFlatL2(dimensions))
    except RuntimeError as error:
        _LOG.info("Lists are trained on the CPU: %s", error)
        return None
