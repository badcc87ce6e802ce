"""The entry of a process that will run hostile code: a zygote on Linux, a worker for one job elsewhere.

Started by path, so that not one of the packages' own `__init__` runs: they import a parser, a solver and half the world.
"""

import json
import sys
from pathlib import Path
from types import ModuleType


def bare_packages() -> None:
    """Makes the packages above this folder importable without running them."""
    here = Path(__file__).resolve().parent
    for name, folder in (
        ("understudy_knowledge", here.parent.parent),
        ("understudy_knowledge.execution", here.parent),
    ):
        module = ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module


if __name__ == "__main__":
    bare_packages()
    from understudy_knowledge.execution.confined.start import start

    start(json.loads(sys.argv[1]))
