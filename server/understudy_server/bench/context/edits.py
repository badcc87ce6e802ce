"""Measure 6: after any edits the query context is that of the same text opened anew, at the cursor and everywhere else.

Edits come as an editor sends them, by line and character in each of the three encodings; what they put in is what upsets
lexers: quotes, brackets, braces, comments, line ends, and whole statements. Some documents are cut in blocks much smaller
than usual, so that more happens at their borders.
"""

import random
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from understudy_knowledge.errors import UnderstudyError
from understudy_server.bench.context import long_files
from understudy_server.bench.context.long_files import CATALOG, python_file, sql_file, statement
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document, Encoding

Language = Literal["sql", "python"]

_EDITS = 3_000
_EDITS_PER_TEXT = 60
_EXAMPLES = 10
_ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
PIECES = (
    *"'\"`()[]{};,.:#-/*\\$%?@_ \t\n\r",
    *('"""', "'''", "--", "/*", "*/", "$$", "\r\n", "\n\n", "{{", "}}", "{%", "%}", "{#", "#}", "f'", 'r"""', "é", "漢", "😀", "\u2028"),
    *("SELECT ", "\nFROM orders", "WITH a AS (", "\nUNION ALL\n", "BEGIN\n", "END;\n", "DELIMITER //\n", "GO\n", "con.execute("),
    *("def f(x):\n    ", "return ", "x = 1\n", "class A:\n", "    ", "CREATE TRIGGER t\n", "INSERT INTO t\n", "%%sql\n", "# %%\n"),
)  # fmt: skip
_TEMPLATE = """{{{{ config(materialized='table') }}}}
{{# what
it is #}}
WITH a AS (
  SELECT * FROM {{{{ ref('orders') }}}} {{% if is_incremental() %}} WHERE d > '{number}' {{% endif %}}
)
SELECT a.order_id FROM a
"""
_ROUTINES = """DELIMITER //
CREATE TRIGGER t{number} AFTER INSERT ON orders FOR EACH ROW
BEGIN
  UPDATE customers SET name = 'é; {number}' WHERE customer_id = NEW.customer_id;
  IF a THEN SELECT CASE WHEN 1 THEN 2 END; END IF;
END//
DELIMITER ;
CREATE FUNCTION f() RETURNS int AS $body$
  SELECT 1; -- it's
$body$ LANGUAGE sql;
/* note; */
GO
"""


@frozen
class Change:
    """One edit; (`line`, `character`) to (`end_line`, `end_character`) become `text`."""

    line: int
    character: int
    end_line: int
    end_character: int
    text: str
    encoding: Encoding = "utf-16"

    def apply(self, document: Document) -> None:
        """Make it."""
        document.apply_change(
            self.line, self.character, self.end_line, self.end_character, self.text, self.encoding
        )


def measure(terms: Terms) -> Part:
    """`limit` bounds the edits."""
    edits = terms.limit or _EDITS
    draw = random.Random(terms.seed)  # noqa: S311
    compared = 0
    different: list[dict[str, Any]] = []
    for number in range(0, edits, _EDITS_PER_TEXT):
        language: Language = "sql" if number // _EDITS_PER_TEXT % 2 else "python"
        if number and number % (20 * _EDITS_PER_TEXT) == 0:
            terms.say(f"{number} edits")
        text = base_text(language, draw)
        document = Document(f"x.{language}", text, block_bytes=draw.choice((40, 300, 1_500)))
        for _ in range(min(_EDITS_PER_TEXT, edits - number)):
            change = drawn_change(document, draw)
            change.apply(document)
            for offset in _places(document, change, draw):
                answers = differing(document, offset, language)
                compared += 1
                if answers and len(different) < _EXAMPLES:
                    different.append(
                        {"language": language, "text": document.text(), "offset": offset, "answers": answers}
                    )
    figures: dict[str, Any] = {"edits": edits, "contexts": compared, "different": different}
    alike = not different
    told = f"{'all' if alike else 'not all'} of {compared:,} contexts after {edits:,} edits"
    return Part("Edited against opened anew", (Line("identical", told, "always", alike),), figures)


def differing(document: Document, offset: int, language: Language) -> list[str] | None:
    """Both answers where that of the edited document is not that of its text opened anew; None where they are alike."""
    fresh = Document(document.name, document.text())
    answers = [_answer(each, offset, language) for each in (document, fresh)]
    return None if answers[0] == answers[1] else [str(answer) for answer in answers]


def base_text(language: Language, draw: random.Random) -> str:
    """A text of some kilobytes to edit, as people have them."""
    seed = draw.randrange(1_000_000)
    if language == "python":
        return draw.choice((python_file(200, 20, seed), Path(long_files.__file__).read_text("utf-8")))
    number = str(seed)
    parts = [_TEMPLATE.format(number=number), _ROUTINES.format(number=number)]
    return draw.choice(
        (
            sql_file(20, seed),
            sql_file(20, seed, end=""),
            sql_file(8, seed) + "\n".join(parts) + sql_file(8, seed + 1, end=""),
        )
    )


def drawn_change(document: Document, draw: random.Random) -> Change:
    """An edit somewhere; of ten one deletes some lines, two some characters, the others put something in."""
    line = draw.randrange(document.line_count)
    character = draw.randrange(60)
    end_line, end_character, text = line, character, draw.choice(PIECES)
    kind = draw.random()
    if kind < 0.1:
        end_line, text = line + draw.randrange(1, 5), draw.choice(("", text))
    elif kind < 0.3:
        end_character, text = character + draw.randrange(1, 6), ""
    elif kind < 0.4:
        text = statement(draw)
    return Change(line, character, end_line, end_character, text, draw.choice(_ENCODINGS))


def _places(document: Document, change: Change, draw: random.Random) -> list[int]:
    """The cursor after the edit, and one place anywhere."""
    at = document.offset_at(change.line, change.character, change.encoding)
    cursor = min(at + len(change.text.encode()), len(document))
    return [_whole(document, cursor), _whole(document, draw.randrange(len(document) + 1))]


def _whole(document: Document, offset: int) -> int:
    """Not in the middle of a character."""
    while document.slice(offset, offset + 1) and document.slice(offset, offset + 1)[0] & 0xC0 == 0x80:
        offset -= 1
    return offset


def _answer(document: Document, offset: int, language: Language) -> object:
    try:
        return extract(document, offset, language=language, catalog=CATALOG)
    except UnderstudyError as error:
        return str(error)
