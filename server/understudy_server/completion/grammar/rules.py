"""The rules of one grammar while it is made; what every scope shares stands here."""

from attrs import define, field

from understudy_server.completion.grammar.functions import Functions
from understudy_server.completion.grammar.nodes import (
    BREAK,
    GAP,
    Alt,
    Chars,
    Node,
    Ref,
    Text,
    alt,
    maybe,
    seq,
    some,
)
from understudy_server.completion.grammar.style import Style

_LETTERS = r"A-Za-z0-9 _.,:%\/+*()&!=\-À-ɏΑ-ΡΣ-ώЀ-ӿ"
"""What a literal may hold: nothing that ends it, that escapes, or that no reader sees."""
_NO_CONCATENATION = frozenset(("mysql", "tsql"))
"""Where `||` means OR, or nothing."""
_TYPES = ("INTEGER", "REAL", "TEXT", "DATE")
_TAKEN = ("total", "average", "amount", "num", "cnt", "share", "ratio", "highest", "lowest", "result")


@define
class Rules:
    """Names of rules that are one lexeme are written in capitals."""

    style: Style
    functions: Functions
    literals: bool = True
    """Whether text literals may be written: not in a Python string whose quotes they would need."""
    nodes: dict[str, Node] = field(factory=dict)
    columns: dict[tuple[str, ...], str] = field(factory=dict)
    """The rule of each set of columns."""
    scopes: int = 0

    def rule(self, name: str, node: Node) -> Ref:
        """The rule of that name, made now if there is none."""
        self.nodes.setdefault(name, node)
        return Ref(name)

    def words(self, keywords: str) -> Node:
        """Keywords with white space between them."""
        first, *rest = keywords.split()
        return seq(self.style.word(first), *(seq(GAP, self.style.word(word)) for word in rest))

    def line(self, keywords: str, *parts: Node) -> Node:
        """As `clause`, where a new line may begin."""
        return seq(BREAK, self.words(keywords), GAP, *parts)

    def clause(self, keywords: str, *parts: Node) -> Node:
        """White space, keywords, white space and the parts."""
        return seq(GAP, self.words(keywords), GAP, *parts)

    @property
    def number(self) -> Ref:
        """A number without a sign."""
        whole = Chars("0-9", 1, 6, "1")
        return self.rule("NUM", alt(whole, seq(whole, Text("."), Chars("0-9", 1, 4, "5"))))

    @property
    def count(self) -> Ref:
        """A whole number that counts something."""
        return self.rule("INT", Chars("0-9", 1, 4, "1"))

    @property
    def string(self) -> Node:
        """A text literal, nothing where none may be written."""
        if not self.literals:
            return Alt(())
        return self.rule("STR", seq(Text("'"), Chars(_LETTERS, 0, 24, "a"), Text("'")))

    @property
    def literal(self) -> Node:
        """A number or a text literal."""
        return alt(self.number, self.string)

    @property
    def alias(self) -> Ref:
        """A new name: no keyword has an underscore between plain words, and no column is hidden by these few."""
        plain = alt(*(Text(name) for name in _TAKEN))
        part = Chars("a-z", 1, 9, "n")
        made = seq(part, Text("_"), part, maybe(seq(Text("_"), Chars("a-z0-9", 1, 9, "n"))))
        return self.rule("ALIAS", alt(plain, made))

    @property
    def comparison(self) -> Ref:
        """A sign between two values."""
        return self.rule("CMP", alt(*(Text(sign) for sign in ("=", "<>", "<", ">", "<=", ">="))))

    @property
    def arithmetic(self) -> Ref:
        """A sign between two numbers, or two texts."""
        signs = (
            ("+", "-", "*", "/") if self.style.dialect in _NO_CONCATENATION else ("+", "-", "*", "/", "||")
        )
        return self.rule("ARI", alt(*(Text(sign) for sign in signs)))

    @property
    def type(self) -> Ref:
        """What a value may be cast to."""
        return self.rule("TYPE", alt(*(self.style.word(name) for name in _TYPES)))

    @property
    def direction(self) -> Node:
        """How a list is ordered, if it is said."""
        return maybe(seq(GAP, alt(self.style.word("ASC"), self.style.word("DESC"))))

    def call(self, names: Node, *arguments: Node) -> Node:
        """A call with these arguments."""
        return seq(names, Text("("), listed(*arguments), Text(")"))

    def named(self, rule: str, names: tuple[str, ...]) -> Node:
        """One of the functions."""
        return self.rule(rule, alt(*(self.style.word(name) for name in names)))


def listed(*items: Node) -> Node:
    """The items with commas between them."""
    first, *rest = items
    return seq(first, *(seq(Text(","), GAP, item) for item in rest))


def several(item: Node, most: int) -> Node:
    """One to `most` items with commas between them."""
    return seq(item, more(item, most - 1))


def more(item: Node, most: int) -> Node:
    """No to `most` items, a comma before each."""
    return some(seq(Text(","), BREAK, item), 0, most)
