"""What a fresh process becomes: a zygote that forks one child per job, or a worker that runs one job itself."""

import importlib
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def start(orders: "dict[str, Any]") -> None:
    """`orders`: "role" (zygote, worker, or the launcher of a worker in a container), "wall" of a worker, "paths" to import from, "preload" modules, "warm" ones that may be
    absent, "rehearsal" module or none, "parent" process, "abi" of Landlock."""
    if orders["role"] == "container":
        from understudy_knowledge.execution.confined.appcontainer import launch

        # The interpreter of a virtual environment on Windows only starts the one that it was made from.
        python = getattr(sys, "_base_executable", sys.executable)
        program = os.path.abspath(sys.argv[0])  # noqa: PTH100 - pathlib is not loaded here
        launch(
            [python, "-I", "-S", "-B", program, json.dumps({**orders, "role": "worker"})],
            [sys.base_prefix, program, *orders["paths"]],
        )
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

        serve(missing, orders["wall"])


def _imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
