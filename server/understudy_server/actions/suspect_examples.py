"""Gold-suspect examples as diagnostics: a statement that the last exploration doubted, as long as it stands there unchanged."""

from collections.abc import Iterator, Mapping
from typing import Literal

from understudy_server.actions.problem import Problem
from understudy_server.actions.statements import statements_of


def suspect_examples(
    text: bytes, language: Literal["sql", "python"], suspects: Mapping[str, str]
) -> Iterator[Problem]:
    """A problem for each statement in doubt; `suspects` has the reason for each gold code."""
    if not suspects:
        return
    reasons = {_bare(gold): reason for gold, reason in suspects.items()}
    for statement in statements_of(text, language):
        reason = reasons.get(_bare(statement.sql))
        if reason is not None:
            message = f"Nothing is learned from this example, because its answer is in doubt: {reason}"
            yield Problem(statement.span, message, "gold suspect")


def _bare(sql: str) -> str:
    """The statement without white space and the semicolon at its end."""
    return "".join(sql.split()).rstrip(";")
