"""How clients of another make reach the models of the roles: through the counting proxy, under the bounds that our own clients keep to."""

from attrs import frozen

from understudy_knowledge.models.vllm import VllmStudent
from understudy_knowledge.models.vllm.student import MOST_PROMPT_TOKENS
from understudy_server.bench.proxy import named


@frozen
class Reached:
    """One role's model. It has other names for every label and role, for there are clients whose cache knows it by nothing else."""

    role: str
    model: str
    """As its server knows it."""
    base_url: str
    key: str
    prompt_tokens: int
    """Most tokens of a prompt that holds a question."""
    max_tokens: int
    """Most tokens of an answer."""
    named_for: str = ""
    """The role that it stands in for, where that is another one."""

    def named(self, label: str) -> str:
        """The model's name under the label."""
        return named(self.model, label, self.named_for or self.role)


async def reached(role: str, student: VllmStudent, base_url: str, key: str, max_tokens: int) -> Reached:
    """The role's model, which `student` asks too: prompt and answer have the room that it has itself. Raises BackendError."""
    await student.prepare()
    window = await student.window()
    if window is None:
        return Reached(role, student.name, base_url, key, MOST_PROMPT_TOKENS, max_tokens)
    most = max(1, min(max_tokens, window // 2))
    return Reached(role, student.name, base_url, key, min(MOST_PROMPT_TOKENS, window - most), most)
