"""A prompt or an answer without the values of the data: what is left can be kept and shown."""

import json
from typing import Any

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.models.vllm.redaction import redact


def masked_text(text: str, catalog: Catalog) -> str:
    """The text with literals, numbers and samples of the catalog as `_`; JSON keeps its keys. Secrets go in any case."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _masked(text, catalog)
    if not isinstance(parsed, dict):
        return _masked(text, catalog)
    return json.dumps(_inside(parsed, catalog), ensure_ascii=False)


def _inside(value: Any, catalog: Catalog) -> Any:
    if isinstance(value, dict):
        return {key: _inside(inner, catalog) for key, inner in value.items()}
    if isinstance(value, list):
        return [_inside(inner, catalog) for inner in value]
    return _masked(value, catalog) if isinstance(value, str) else value


def _masked(text: str, catalog: Catalog) -> str:
    return "\n".join(mask_values(line, catalog) for line in redact(text).split("\n"))
