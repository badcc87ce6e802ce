"""What a document's lexer must read once is read between keystrokes, in portions, and not during the first one."""

from typing import Literal

from understudy_server.context import python_lexer, sql_checkpoint
from understudy_server.context.checkpoints import Checkpoints
from understudy_server.context.document import Document


def read_ahead(document: Document, language: Literal["sql", "python"], blocks: int) -> bool:
    """Read at most that many blocks that are not known yet, from the top; whether all are known now."""
    if language == "sql":
        return Checkpoints(document, sql_checkpoint.advance, sql_checkpoint.INITIAL).proceed(blocks)
    return Checkpoints(document, python_lexer.advance, python_lexer.INITIAL).proceed(blocks)
