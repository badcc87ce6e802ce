"""Work beside the keystrokes: never twice at once, once more when asked meanwhile, and nobody waits for it."""

import subprocess
import sys
from textwrap import dedent
from threading import Event

import pytest

from understudy_server.lsp.errand import Errand


def test_asked_for_again_while_under_way_it_is_done_once_more() -> None:
    done: list[int] = []
    begun, go_on = Event(), Event()

    def work() -> None:
        begun.set()
        assert go_on.wait(30)
        done.append(len(done))

    errand = Errand(work)
    assert errand.wait(0), "nothing is under way"
    assert errand.seconds == 0
    errand.start()
    assert begun.wait(30)
    for _ in range(5):
        errand.start()
    assert not errand.wait(0)
    assert errand.seconds > 0
    go_on.set()
    assert errand.wait(30)
    assert done == [0, 1]


def test_work_that_fails_can_be_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[type[BaseException]] = []
    monkeypatch.setattr("threading.excepthook", lambda told: failed.append(told.exc_type))
    done: list[int] = []

    def work() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise ValueError

    errand = Errand(work)
    errand.start()
    assert errand.wait(30)
    errand.start()
    assert errand.wait(30)
    assert done == [0, 1]
    assert failed == [ValueError], "it is a bug, and looks like one in the log"


def test_the_process_ends_while_an_errand_is_under_way() -> None:
    script = dedent("""
        import threading
        from understudy_server.lsp.errand import Errand
        Errand(threading.Event().wait).start()
    """)
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
