"""Models recite what they have read, and some of that was a key. No suggestion holds one, real or made up."""

from understudy_knowledge.models.vllm.redaction import redact
from understudy_server.context.query_context import QueryContext

_BEFORE = 200


def no_secrets(text: str, context: QueryContext) -> str:
    """Nothing, if the text holds or ends what looks like a key, a token or a password; what the prefix holds is the user's."""
    seen = context.prefix[-_BEFORE:] + text
    return text if redact(seen).endswith(text) else ""
