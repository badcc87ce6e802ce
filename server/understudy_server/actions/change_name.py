"""An unknown name changed to the one that was meant."""

from understudy_server.actions.edits import Edit, Snapshot, edit
from understudy_server.actions.problem import Problem
from understudy_server.actions.written_names import written


def change_name(problem: Problem, snapshot: Snapshot) -> Edit | None:
    """The edit of exactly the name; None where nothing similar is known or it is spread over several literals."""
    if problem.meant is None:
        return None
    span = problem.changes or problem.span
    former = snapshot.document.text(span.start, span.end)
    quoted = not former.replace("$", "").isidentifier()
    name = written(problem.meant, snapshot.known.dialect, quoted=quoted)
    return edit(name, span, snapshot, former=former)
