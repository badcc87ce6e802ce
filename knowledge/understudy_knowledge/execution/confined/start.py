"""What a fresh process becomes: a zygote that forks one child per job, or a worker that runs one job itself."""

import importlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def start(orders: "dict[str, Any]") -> None:
    """`orders`: "role" (zygote or worker), "paths" to import from, "preload" modules, "warm" ones that may be
    absent, "rehearsal" module or none, "parent" process, "abi" of Landlock."""
    os.environ.clear()
    # numpy and Arrow would start threads, which a fork does not copy; times are told in UTC, whatever the machine says.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", ARROW_NUM_THREADS="1", TZ="UTC0")
    os.environ.update(ARROW_DEFAULT_MEMORY_POOL="system", PYTHONHASHSEED="0")
    sys.path.extend(orders["paths"])
    missing = [name for name in orders["preload"] if not _imported(name)]
    for name in orders["warm"]:
        _imported(name)
    if orders["role"] == "zygote":
        from understudy_knowledge.execution.confined.zygote import Zygote

        zygote = Zygote(int(orders["control"]), orders["parent"], int(orders["abi"]), orders["rehearsal"])
        zygote.serve(missing)
    else:
        from understudy_knowledge.execution.confined.worker import serve

        serve(missing)


def _imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
