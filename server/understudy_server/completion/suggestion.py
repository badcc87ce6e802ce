"""What completion gives to those who show it."""

from collections.abc import Mapping

from attrs import field, frozen

from understudy_knowledge.memory.records import Lesson


@frozen
class Suggestion:
    """One suggestion. `text` is SQL; `context.render_insertion` writes it as the document needs it."""

    id: str
    """Names the suggestion when it is accepted."""
    text: str
    statement: str
    """The whole statement with the text in it."""
    lessons: tuple[Lesson, ...]
    """The lessons that took part."""
    model: str
    stages: Mapping[str, float] = field(factory=dict)
    """Milliseconds by stage, in the order the stages ran."""
