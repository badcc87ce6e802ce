"""Comments of a CREATE TABLE statement: which column or table each one is about. Works on text, not on a parse."""

from collections.abc import Sequence

from attrs import define, field, frozen

from understudy_knowledge.catalog.pieces import Piece, comment_text, pieces, unquoted


@frozen
class TableComments:
    """What the statement's comments say. `columns` is keyed by lower-cased column name."""

    table: str
    columns: dict[str, str]


@define
class _Item:
    """One entry between the parentheses: a column or a constraint."""

    name: str
    words: list[str] = field(factory=list)


def read_comments(create: str | Sequence[Piece]) -> TableComments:
    """The comments of one CREATE TABLE statement.

    A comment behind a column is about that column, and so is one on the lines directly above it. A comment that goes on
    below a trailing one, at the same indentation, continues it. What stands directly above the statement, in its head,
    or behind the opening parenthesis is about the table.
    """
    stream = [
        piece for piece in (pieces(create) if isinstance(create, str) else create) if piece.kind != "newline"
    ]
    first = next((place for place, piece in enumerate(stream) if piece.kind != "comment"), len(stream))
    above = _directly_above(stream[:first], stream[first].line) if first < len(stream) else []
    about_table: list[str] = [comment_text(piece.text) for piece in above]
    items: dict[str, _Item] = {}
    item: _Item | None = None
    waiting: list[Piece] = []
    trailing: tuple[int, _Item] | None = None  # indentation and owner of the comment that may go on below
    depth, code_line, fresh, opened = 0, -1, False, False

    for piece in stream[first:]:
        if piece.kind == "comment":
            indentation = piece.start - piece.line_start
            if not opened or (fresh and item is None and piece.line == code_line):
                about_table.append(comment_text(piece.text))
            elif piece.line == code_line and item is not None:
                item.words.append(comment_text(piece.text))
                trailing = (indentation, item)
            elif trailing is not None and trailing[0] == indentation and not waiting:
                trailing[1].words.append(comment_text(piece.text))
            else:
                waiting.append(piece)
            continue
        code_line, trailing = piece.line + piece.text.count("\n"), None
        if piece.text == "(":
            depth += 1
            if depth == 1 and not opened:
                opened = fresh = True
                continue
        elif piece.text == ")":
            depth -= 1
            if depth == 0:
                break
        elif piece.text == "," and depth == 1:
            fresh = True
            continue
        if fresh and depth == 1:
            words = [comment_text(comment.text) for comment in _directly_above(waiting, piece.line)]
            item = _Item(unquoted(piece.text), words)
            items.setdefault(item.name.lower(), item)
            waiting, fresh = [], False

    columns = {name: " ".join(item.words) for name, item in items.items() if any(item.words)}
    return TableComments(" ".join(words for words in about_table if words), columns)


def _directly_above(comments: Sequence[Piece], line: int) -> list[Piece]:
    """Those of `comments` that reach down to `line` without an empty line in between."""
    kept: list[Piece] = []
    for comment in reversed(comments):
        last_line = comment.line + comment.text.count("\n")
        if last_line < line - 1:
            break
        kept.insert(0, comment)
        line = comment.line
    return kept
