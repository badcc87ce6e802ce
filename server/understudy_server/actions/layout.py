"""A statement laid out over lines, by white space alone: every token, comment and hole stays as it is written."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from understudy_server.actions.changes import Change
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.query_tokens import parsed
from understudy_server.actions.statements import SourceStatement
from understudy_server.context.sql.lexer import code_of, tokenize


def laid_out(statement: SourceStatement, raw: bytes, margin: str, dialect: str) -> list[Change]:
    """The changes of the white space between tokens; empty where it is laid out so already.

    `raw` is the statement as its document has it, `margin` what its lines begin with. White space in which a comment
    stands, or which is none in the document (the quotes between two strings), is left alone. Raises DeclinedError where
    the statement is not understood.
    """
    pretty = parsed(statement, dialect).sql(dialect=dialect or None, pretty=True, comments=False).encode()
    old, new = statement.tokens, code_of(tokenize(pretty))
    matcher = SequenceMatcher(
        None,
        [each.keyword or each.text for each in old],
        [each.keyword or each.text for each in new],
        autojunk=False,
    )
    changes = list(_gaps(statement, raw, margin, pretty, matcher))
    if not changes and b"\n" not in raw:
        raise DeclinedError("nothing in it is known to have a line of its own")
    return changes


def _gaps(
    statement: SourceStatement, raw: bytes, margin: str, pretty: bytes, matcher: "SequenceMatcher[str]"
) -> Iterator[Change]:
    old, new = statement.tokens, code_of(tokenize(pretty))
    for at, other, size in matcher.get_matching_blocks():
        for step in range(1, size):
            start, end = old[at + step - 1].end, old[at + step].start
            held = raw[start:end]
            if held.strip() or (not held and b"\\" in raw[max(start - 1, 0) : end + 1]):
                continue
            gap = pretty[new[other + step - 1].end : new[other + step].start].decode()
            wanted = gap.replace("\n", "\n" + margin)
            if held.decode() != wanted:
                yield Change(start, end, (wanted,))
