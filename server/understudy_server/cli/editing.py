"""What a person may write into a case, as text in an editor, and how it is checked before it is kept."""

from collections.abc import Iterable

import yaml
from attrs import evolve, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import ConfigurationError, KnowledgeStoreError
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.packs.characters import hidden_character
from understudy_knowledge.memory.records import Case
from understudy_knowledge.memory.store import KnowledgeStore

_FIELDS = ("question", "explanation", "notes")
_LONGEST = 4_000
_MOST_NOTES = 20
_HEAD = """\
# Case {id}, from {origin}. Empty the file to leave the case as it is.
# It is taken out of prompts until `understudy knowledge verify` has measured that it helps as you wrote it.
"""


@frozen
class Edit:
    """The editable fields as they should be."""

    question: str
    explanation: str
    notes: tuple[str, ...]


def as_text(case: Case) -> str:
    """The editable fields as a person edits them: YAML."""
    fields = {"question": case.question, "explanation": case.explanation, "notes": list(case.plan.notes)}
    return _HEAD.format(id=case.id, origin=case.origin) + yaml.safe_dump(
        fields, sort_keys=False, allow_unicode=True, width=100
    )


def from_text(text: str) -> Edit | None:
    """What the editor's text says; None where it is empty. Raises ConfigurationError for what is no edit."""
    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(
            f"what you wrote is not YAML ({str(error).splitlines()[0]}); nothing was changed"
        ) from error
    if fields is None:
        return None
    if not isinstance(fields, dict) or set(fields) != set(_FIELDS):
        raise ConfigurationError(
            f"an edited case has the fields {', '.join(_FIELDS)} and no other; nothing was changed"
        )
    notes = fields["notes"] or []
    texts = (fields["question"], fields["explanation"], *(notes if isinstance(notes, list) else (None,)))
    if not all(isinstance(each, str) for each in texts):
        raise ConfigurationError(
            "question and explanation are texts, and notes a list of texts; nothing was changed"
        )
    return _checked(Edit(fields["question"], fields["explanation"], tuple(notes)))


def from_assignments(case: Case, assigned: Iterable[str]) -> Edit:
    """The case's fields with some of them set. Raises ConfigurationError for an unknown field or a value that cannot be."""
    edit, notes = Edit(case.question, case.explanation, case.plan.notes), list[str]()
    for each in assigned:
        name, found, value = each.partition("=")
        if not found or name not in _FIELDS:
            raise ConfigurationError(
                f"{each!r} sets no field that can be edited; write one of {', '.join(_FIELDS)} as FIELD=VALUE"
            )
        if name == "notes":
            notes += [value] if value else []
            edit = evolve(edit, notes=tuple(notes))
        elif name == "question":
            edit = evolve(edit, question=value)
        else:
            edit = evolve(edit, explanation=value)
    return _checked(edit)


def apply(store: KnowledgeStore, case: Case, edit: Edit, catalog: Catalog) -> Case | None:
    """Keep the edit in one step and put the case into quarantine; None where it changes nothing. Raises KnowledgeStoreError."""

    def changed(now: Case) -> Case:
        if (now.question, now.explanation, now.plan) != (case.question, case.explanation, case.plan):
            raise KnowledgeStoreError(f"{case.id} was changed meanwhile; edit it again")
        return evolve(
            now,
            question=edit.question,
            masked_question=mask_values(edit.question, catalog),
            explanation=edit.explanation,
            plan=evolve(now.plan, notes=edit.notes),
            status="quarantined",
            reason="it was edited and not measured since",
            lift=None,
            measured=None,
            edited=tuple(dict.fromkeys((*now.edited, *_differing(now, edit)))),
        )

    return store.change(case.id, changed) if _differing(case, edit) else None


def _differing(case: Case, edit: Edit) -> tuple[str, ...]:
    pairs = (
        ("question", case.question, edit.question),
        ("explanation", case.explanation, edit.explanation),
        ("notes", case.plan.notes, edit.notes),
    )
    return tuple(name for name, before, after in pairs if before != after)


def _checked(edit: Edit) -> Edit:
    edit = Edit(edit.question.strip(), edit.explanation.strip(), tuple(note.strip() for note in edit.notes))
    if not edit.question:
        raise ConfigurationError("a case needs a question; nothing was changed")
    if len(edit.notes) > _MOST_NOTES:
        raise ConfigurationError(f"a case has {_MOST_NOTES} notes at most; nothing was changed")
    for text in (edit.question, edit.explanation, *edit.notes):
        if len(text) > _LONGEST:
            raise ConfigurationError(
                f"a text of a case has {_LONGEST} characters at most; nothing was changed"
            )
        if (hidden := hidden_character(text)) is not None:
            raise ConfigurationError(
                f"a text holds the hidden character U+{ord(hidden):04X}; nothing was changed"
            )
    return edit
