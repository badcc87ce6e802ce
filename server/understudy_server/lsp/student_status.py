"""understudy/student: who completes now, told when it changes. A server that is away is a word in the status bar, never a pop-up."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understudy_knowledge.models.roles import Student
    from understudy_knowledge.models.steady import StudentStatus

METHOD = "understudy/student"


def follow(student: "Student", tell: "Callable[[StudentStatus], None]", *, anew: bool) -> None:
    """Look after a student that has a server, and tell what becomes of it; `anew`: it took another one's place.

    Needs a running loop.
    """
    # Imported here: the models come with it, and `initialize` is to be answered before.
    from understudy_knowledge.models.steady import SteadyStudent, StudentStatus

    if isinstance(student, SteadyStudent):
        student.tell = tell
        student.begin()
    elif anew:
        tell(StudentStatus("ready", student.name))


def teller(
    notify: Callable[[str, Any], None], log: Callable[[str], None]
) -> "Callable[[StudentStatus], None]":
    """Tells the editor in a notification `{state, model, message}`, and in the log for those that do not know it."""
    away = False

    def tell(status: "StudentStatus") -> None:
        nonlocal away
        notify(METHOD, {"state": status.state, "model": status.model, "message": status.message})
        if status.state == "away":
            log(f"{status.message}. Until it is back, the embedded student completes.")
        elif status.message:
            log(status.message)
        elif away:
            log(f"{status.model} answers again.")
        away = status.state == "away"

    return tell
