"""How one model on one server is asked: fill in the middle with which marks, in a chat, or by plain continuation."""

from collections.abc import Awaitable, Callable

from attrs import evolve, frozen

from understudy_knowledge.models.vllm.client import Client, ServedModel
from understudy_knowledge.models.vllm.fim import (
    FAMILIES,
    QWEN,
    FimTemplate,
    Style,
    spellings,
    style_for,
    template_for,
    template_of,
)
from understudy_knowledge.models.vllm.settings import ServerSettings
from understudy_knowledge.models.vllm.traits import Traits, count_tokens


@frozen
class Manner:
    """Decided once for a model; what a server then refuses changes it."""

    at_cursor: Style
    whole: Style
    """For a whole statement, which a model that can converse is better asked for."""
    template: FimTemplate = QWEN
    checked: bool | None = None
    """Whether the server's tokenizer has each mark as one token; None where nothing is filled in or it cannot be asked."""
    by_suffix: bool = False
    """Whether the server writes the marks itself, around a `suffix` that goes beside the prompt."""

    def style(self, *, whole_statement: bool) -> Style:
        """The style for a place at the cursor, or for a whole statement."""
        return self.whole if whole_statement else self.at_cursor

    def without(self, style: Style, instead: Style) -> "Manner":
        """The manner once the server has turned out not to do it in that style."""
        return evolve(
            self,
            at_cursor=instead if self.at_cursor == style else self.at_cursor,
            whole=instead if self.whole == style else self.whole,
        )


async def manner_of(client: Client, settings: ServerSettings, model: ServedModel, traits: Traits) -> Manner:
    """As the settings say or, for "auto", by the model's id and what the tokenizer says of the marks. Never raises."""
    known = known_name(model)
    choice = settings.template
    manner = Manner(
        style_for(known, choice, whole_statement=False),
        style_for(known, choice, whole_statement=True),
        template_of(known, choice),
        by_suffix=traits.writes_marks,
    )
    if manner.at_cursor != "fim" or not traits.counts_tokens or manner.by_suffix:
        return manner

    async def count(text: str) -> int | None:
        return await count_tokens(client, model.id, text)

    for spelling in spellings(manner.template):
        split = await split_marks(spelling, count)
        if split is not None and not split:
            return evolve(manner, template=spelling, checked=True)
    manner = evolve(manner, checked=False)
    if choice == "auto":
        return manner.without("fim", "chat" if manner.whole == "chat" else "plain")
    return manner


async def split_marks(
    template: FimTemplate, count: Callable[[str], Awaitable[int | None]]
) -> dict[str, int] | None:
    """The marks that the tokenizer makes several tokens of, and how many; None when it does not say."""
    split = {}
    for mark in template.marks:
        tokens = await count(mark)
        if tokens is None:
            return None
        if tokens != 1:
            split[mark] = tokens
    return split


def known_name(model: ServedModel) -> str:
    """The id, or what the model was loaded from where the id is a name that says nothing."""
    says = template_for(model.id) is not None or style_for(model.id, "auto", whole_statement=True) != "plain"
    return model.id if says or not model.root else model.root


def in_words(manner: Manner) -> str:
    """How the model is asked at a cursor, and what its tokenizer said of it, for a person."""
    if manner.at_cursor == "chat":
        return "asked in a chat; the code block of its answer is taken"
    if manner.at_cursor == "plain":
        split = "; its tokenizer takes fill-in-the-middle marks apart" if manner.checked is False else ""
        return f"continues the text before the cursor{split}"
    if manner.by_suffix:
        return "fills in the middle, with the marks that the server knows for it"
    family = next((name for name, known in FAMILIES.items() if manner.template in spellings(known)), "own")
    said = {
        True: "each one token to its tokenizer",
        False: "which its tokenizer takes apart",
        None: "not checked, for the server has no /tokenize",
    }[manner.checked]
    return f"fills in the middle with the marks of the {family} family, {said}"
