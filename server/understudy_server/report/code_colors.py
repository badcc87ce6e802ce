"""SQL with its words told apart, as HTML. Colors are the style sheet's; here is only which word is what."""

from markupsafe import Markup, escape

from understudy_server.context.sql.lexer import tokenize
from understudy_server.report.visible import visible

_KEYWORDS = frozenset(
    """ALL AND ANY AS ASC BETWEEN BY CASE CAST COLLATE CROSS CURRENT DESC DISTINCT ELSE END EXCEPT EXISTS FILTER FIRST FOLLOWING
    FROM FULL GLOB GROUP HAVING IN INNER INTERSECT INTERVAL IS JOIN LAST LATERAL LEFT LIKE ILIKE LIMIT NATURAL NOT NULL NULLS
    OFFSET ON OR ORDER OUTER OVER PARTITION PRECEDING QUALIFY RANGE RECURSIVE RIGHT ROW ROWS SELECT THEN UNBOUNDED UNION USING
    VALUES WHEN WHERE WINDOW WITH TRUE FALSE""".split()
)
_CLASS = {"string": "str", "number": "num", "comment": "com", "parameter": "hole"}


def colored(code: str) -> Markup:
    """The statement, escaped, each word in a span of its class. Text that is no SQL comes out as it is, escaped."""
    text = visible(code)
    raw = text.encode()
    pieces: list[Markup] = []
    end = 0
    tokens = tokenize(raw)
    for i, token in enumerate(tokens):
        pieces.append(escape(raw[end : token.start].decode(errors="replace")))
        end = token.end
        name = _CLASS.get(token.kind, "")
        if token.keyword in _KEYWORDS:
            name = "key"
        elif token.keyword and i + 1 < len(tokens) and tokens[i + 1].text == "(":
            name = "fun"
        shown = escape(raw[token.start : token.end].decode(errors="replace"))
        pieces.append(Markup('<span class="{}">{}</span>').format(name, shown) if name else shown)
    pieces.append(escape(raw[end:].decode(errors="replace")))
    return Markup("").join(pieces)
