"""The command line, killed at one of its writes: `dying.py POINT COUNT_FILE ARGUMENT…`.

A point lies before and after each line of the run log, each line of the ledger and each transaction of the knowledge store.
POINT 0 kills nowhere; COUNT_FILE gets a byte for each point that was passed.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from understudy_knowledge.memory.database import Database
from understudy_knowledge.teaching.ledger import Ledger
from understudy_knowledge.teaching.run_log import RunLog
from understudy_server.cli import main

FATAL, COUNT = int(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
passed = 0


def point() -> None:
    global passed
    passed += 1
    os.write(COUNT, b".")
    if passed == FATAL:
        os.kill(os.getpid(), signal.SIGKILL)


def around(write: Callable[..., Any]) -> Callable[..., Any]:
    def written(*arguments: Any, **named: Any) -> Any:
        point()
        result = write(*arguments, **named)
        point()
        return result

    return written


_writing = Database.writing


@contextmanager
def writing(self: Database) -> Iterator[Any]:
    point()
    with _writing(self) as connection:
        yield connection
        point()  # inside the transaction: none of it may be there afterwards
    point()


RunLog.note = around(RunLog.note)  # type: ignore[method-assign]
Ledger._write = around(Ledger._write)  # type: ignore[method-assign]
Database.writing = writing  # type: ignore[method-assign]
sys.argv = ["understudy", *sys.argv[3:]]
main()
