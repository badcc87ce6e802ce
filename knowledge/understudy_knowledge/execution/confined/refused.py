"""The one exception by which a job ends for a reason of ours."""


class RefusedError(Exception):
    """Carries the outcome's kind; its text is the outcome's sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
