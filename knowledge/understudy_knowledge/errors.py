"""The few errors a user can mend; each message says what is wrong, where, and what to do."""


class UnderstudyError(Exception):
    """Base of every error that is shown as one sentence instead of a traceback."""


class ConfigurationError(UnderstudyError):
    """A setting is unknown, has the wrong type or contradicts another one."""


class DataSourceError(UnderstudyError):
    """A database is missing, unreadable, locked or not what it claims to be."""


class KnowledgeStoreError(UnderstudyError):
    """The knowledge store cannot be opened, read or written."""


class BackendError(UnderstudyError):
    """A model server is absent, refuses the request or answers nonsense. `prompt_tokens` and `completion_tokens` were used up before."""

    def __init__(self, message: str, *, prompt_tokens: int = 0, completion_tokens: int = 0) -> None:
        super().__init__(message)
        self.prompt_tokens = prompt_tokens
        self.completion_tokens = completion_tokens


class NothingToDoError(UnderstudyError):
    """A command found nothing it could work on."""


class KnowledgePackError(UnderstudyError):
    """A knowledge pack is refused: it is not what packs are, not from whom it should be, or holds what it must not."""
