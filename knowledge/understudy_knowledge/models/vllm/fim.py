"""Fill-in-the-middle: which model marks prefix, suffix and middle how. Servers reject `suffix`, so the marks go into the prompt."""

# The marks of DeepSeek-Coder are written with a fullwidth bar.
# ruff: noqa: RUF001

import re
from typing import Literal

from attrs import frozen

from understudy_knowledge.models.vllm.settings import TemplateChoice

Style = Literal["fim", "chat", "plain"]


@frozen
class FimTemplate:
    """The marks of one model family. `suffix_first`: the family was trained to read the suffix before the prefix."""

    prefix: str
    suffix: str
    middle: str
    stop: tuple[str, ...]
    """What such a model writes when the middle is complete, or when it wanders into another file."""
    suffix_first: bool = False

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks that a prompt holds; a model that was trained with them has each as one token."""
        return tuple(mark.strip() for mark in (self.prefix, self.suffix, self.middle) if mark.strip())

    def render(self, before: str, after: str) -> str:
        """The prompt whose continuation is the text between `before` and `after`; marks inside them are defused."""
        before, after = self.defuse(before), self.defuse(after)
        if self.suffix_first:
            return f"{self.suffix}{after}{self.prefix}{before}{self.middle}"
        return f"{self.prefix}{before}{self.suffix}{after}{self.middle}"

    def defuse(self, text: str) -> str:
        """The text with every mark of this family broken: a file that spells one out must not steer the model."""
        marks = {mark.strip() for mark in (self.prefix, self.suffix, self.middle, *self.stop)} - {"", "\n\n"}
        for mark in sorted(marks, key=len, reverse=True):
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return text


QWEN = FimTemplate(
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    (
        "<|endoftext|>",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
        "<|im_start|>",
        "<|im_end|>",
    ),
)
DEEPSEEK = FimTemplate(
    "<｜fim▁begin｜>",
    "<｜fim▁hole｜>",
    "<｜fim▁end｜>",
    ("<｜end▁of▁sentence｜>", "<|EOT|>", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
)
STARCODER = FimTemplate(
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    (
        "<|endoftext|>",
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        "<fim_pad>",
        "<file_sep>",
        "<repo_name>",
    ),
)
CODE_LLAMA = FimTemplate("<PRE> ", " <SUF>", " <MID>", ("<EOT>", "<PRE>", "<SUF>", "<MID>"))
# Where the tokenizer is Hugging Face's, the blank before a mark is a part of its token and has to be written as one.
_CODE_LLAMA_WRITTEN_OUT = FimTemplate(
    "▁<PRE> ",
    "▁<SUF>",
    "▁<MID>",
    ("▁<EOT>", "<EOT>", "▁<PRE>", "▁<SUF>", "▁<MID>", "<PRE>", "<SUF>", "<MID>"),
)
CODESTRAL = FimTemplate(
    "[PREFIX]", "[SUFFIX]", "", ("</s>", "[PREFIX]", "[SUFFIX]", "[MIDDLE]"), suffix_first=True
)
CODE_GEMMA = FimTemplate(
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    ("<|file_separator|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<end_of_turn>", "<eos>"),
)
GRANITE = FimTemplate(
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    ("<|end_of_text|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>"),
)

FAMILIES: dict[str, FimTemplate] = {
    "qwen": QWEN,
    "deepseek": DEEPSEEK,
    "starcoder": STARCODER,
    "codellama": CODE_LLAMA,
    "codestral": CODESTRAL,
    "granite": GRANITE,
    "codegemma": CODE_GEMMA,
}
"""The families by the name that the setting `template` takes."""

_FAMILIES: tuple[tuple[re.Pattern[str], FimTemplate], ...] = tuple(
    (re.compile(pattern), template)
    for pattern, template in (
        (r"qwen-?[23](\.\d)?-?coder|codeqwen", QWEN),
        (r"deepseek-coder", DEEPSEEK),
        (r"starcoder|granite-.*code", STARCODER),
        (r"granite-4", GRANITE),
        (r"code-?llama", CODE_LLAMA),
        (r"codestral", CODESTRAL),
        (r"code-?gemma", CODE_GEMMA),
    )
)
_CONVERSES = re.compile(
    r"instruct|chat|assistant|thinking|reason|(^|[-_/])(it|sft|dpo|r1)($|[-_])|gpt-[45]|gpt-oss|claude|gemini|qwq|qwen-?3(?!.*(coder|base))"
)

_CONTROLS = re.compile(r"<[|｜][^|｜<>\s]{1,40}[|｜]>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>")


def template_for(model: str) -> FimTemplate | None:
    """The marks a model of this id was trained with, or None when none are known."""
    name = model.lower()
    return next((template for pattern, template in _FAMILIES if pattern.search(name)), None)


def template_of(model: str, choice: TemplateChoice) -> FimTemplate:
    """The marks to fill in with: of the family that the settings name, else of the model's own, else the most common ones."""
    return FAMILIES.get(choice) or template_for(model) or QWEN


def spellings(template: FimTemplate) -> tuple[FimTemplate, ...]:
    """The ways in which the family's marks are written, the usual one first; which one holds, only the tokenizer says."""
    return (template, _CODE_LLAMA_WRITTEN_OUT) if template is CODE_LLAMA else (template,)


def style_for(model: str, choice: TemplateChoice, *, whole_statement: bool) -> Style:
    """How to ask: as the settings say or, for "auto", by the model's id.

    A model that both fills in and converses fills in at a cursor and converses when a whole statement is wanted.
    """
    if choice in ("chat", "plain"):
        return choice
    if choice != "auto":
        return "fim"
    converses = _CONVERSES.search(model.lower()) is not None
    if template_for(model) is not None and not (converses and whole_statement):
        return "fim"
    return "chat" if converses else "plain"


def defuse_controls(text: str) -> str:
    """The text with every mark broken that chat templates give a meaning to: no file may speak as the system."""
    return _CONTROLS.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)
