"""A gold query as somebody has it who wrote its beginning: what is left of it is suggested, and the schema check looks at it."""

import random

from understudy_server.actions.diagnose import Known
from understudy_server.completion.schema_check import verify
from understudy_server.context.extract import extract
from understudy_server.context.sql.lexer import code_of, tokenize
from understudy_server.context.text.document import Document


def cut_before(sql: str, end: int, draw: random.Random) -> int:
    """Where a token of the query begins, at character `end` or before; never at its very beginning."""
    tokens = code_of(tokenize(sql.encode()))[1:]
    starts = [len(sql.encode()[: token.start].decode()) for token in tokens]
    return draw.choice([start for start in starts if start <= end] or [end])


def is_shown(sql: str, cut: int, known: Known) -> bool:
    """Whether the query from character `cut` on passes as it is, with what stands before it written and nothing behind."""
    document = Document("query.sql", sql[:cut])
    context = extract(document, len(document), language="sql", catalog=known.catalog, dialect=known.dialect)
    return context is not None and verify(sql[cut:], context, known.catalog) == sql[cut:]
