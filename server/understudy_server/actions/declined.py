"""Why an action leaves a statement as it is."""

from understudy_knowledge.errors import UnderstudyError


class DeclinedError(UnderstudyError):
    """What was asked for cannot be done so that meaning and text are kept; the sentence says why."""
