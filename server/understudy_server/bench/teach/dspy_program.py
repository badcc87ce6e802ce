"""One DSPy program, and the optimizer that compiles it. Everything here runs in a thread of its own and knows no event loop."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import asdict, frozen

from understudy_knowledge.memory.records import Example

Passes = Callable[[Example, str], tuple[bool, str]]
Vectors = Callable[[Sequence[str]], Any]
_INSTRUCTIONS = "Answer the question with code in the language, over the tables. Only the code, nothing else."


@frozen
class Inputs:
    """What the program is given; the same that every other arm's prompt has."""

    language: str
    tables: str
    evidence: str
    question: str


@frozen
class Optimizer:
    """`kind` is bootstrap, knn, miprov2 or gepa; `attempts` bounds how often candidates are tried at taught items."""

    kind: str
    model: str
    base_url: str
    key: str
    max_tokens: int
    demonstrations: int
    seed: int
    attempts: int

    def compile(self, taught: Sequence[tuple[Example, Inputs]], passes: Passes, vectors: Vectors) -> Any:
        """The compiled program; half of the taught items are its training set, the others are what candidates are compared on."""
        import dspy

        by_id = {example.id: example for example, _ in taught}
        shown = [
            dspy.Example(id=example.id, code=example.gold, **asdict(inputs)).with_inputs(*asdict(inputs))
            for example, inputs in taught
        ]
        train, valid = shown[::2], shown[1::2] or shown

        def metric(gold: Any, made: Any, trace: Any = None) -> float:
            return float(passes(by_id[gold.id], _code(made))[0])

        def feedback(gold: Any, made: Any, trace: Any = None, name: Any = None, part: Any = None) -> Any:
            passed, reason = passes(by_id[gold.id], _code(made))
            return dspy.Prediction(score=float(passed), feedback=reason or "It gives the gold answer.")

        with self._context():
            program, model = _program(), self._model()
            if self.kind == "knn":
                embedder = dspy.Embedder(vectors, caching=False)
                # Each demonstration is tried before it is used, so that no more than k are tried for one question.
                return dspy.KNNFewShot(
                    self.demonstrations, train, embedder, metric=metric, max_bootstrapped_demos=self.demonstrations,
                    max_labeled_demos=self.demonstrations, max_errors=len(shown) + 1,
                ).compile(program)  # fmt: skip
            rounds = attempts_for(self.attempts, len(valid))
            if self.kind == "bootstrap":
                return dspy.BootstrapFewShotWithRandomSearch(
                    metric, max_bootstrapped_demos=self.demonstrations, max_labeled_demos=self.demonstrations,
                    num_candidate_programs=rounds, num_threads=1, max_errors=10 * len(shown),
                ).compile(program, trainset=train, valset=valid)  # fmt: skip
            if self.kind == "miprov2":
                return dspy.MIPROv2(
                    metric, prompt_model=model, task_model=model, auto=None, num_candidates=min(rounds + 1, 6),
                    max_bootstrapped_demos=self.demonstrations, max_labeled_demos=self.demonstrations, num_threads=1,
                    max_errors=10 * len(shown), seed=self.seed,
                ).compile(
                    program, trainset=train, valset=valid, num_trials=rounds, minibatch=False, seed=self.seed,
                )  # fmt: skip
            return dspy.GEPA(
                metric=feedback, max_metric_calls=max(self.attempts, len(valid) + 1), reflection_lm=model, num_threads=1,
                reflection_minibatch_size=min(3, len(train)), seed=self.seed,
            ).compile(program, trainset=train, valset=valid)  # fmt: skip

    def uncompiled(self) -> Any:
        """The program as compiling begins with it."""
        with self._context():
            return _program()

    def ask(self, program: Any, inputs: Inputs) -> tuple[str, int, float]:
        """The program's code, the tokens that all its calls took, and seconds."""
        began = time.perf_counter()
        with self._context() as model:
            made = program(**asdict(inputs))
            tokens = sum(
                int((call.get("usage") or {}).get(name) or 0)
                for call in model.history
                for name in ("prompt_tokens", "completion_tokens")
            )
        return _code(made), tokens, time.perf_counter() - began

    def _model(self) -> Any:
        import dspy

        class Told(dspy.LM):  # type: ignore[misc]
            """An answer without a word is an answer: a wrong one, and no failure of the run."""

            def __call__(self, *given: Any, **named: Any) -> Any:
                return [_not_empty(output) for output in super().__call__(*given, **named)]

        return Told(
            f"openai/{self.model}", api_base=self.base_url, api_key=self.key, cache=False, num_retries=0,
            max_tokens=self.max_tokens, temperature=0.0,
        )  # fmt: skip

    def _context(self) -> Any:
        return _Context(self._model())


class _Context:
    """DSPy's settings for this thread alone; gives the model, whose history holds the calls made inside."""

    def __init__(self, model: Any) -> None:
        import dspy

        self._model = model
        self._inner = dspy.context(lm=model, adapter=_lenient())

    def __enter__(self) -> Any:
        self._inner.__enter__()
        return self._model

    def __exit__(self, *raised: object) -> None:
        self._inner.__exit__(*raised)


def attempts_for(attempts: int, compared: int) -> int:
    """How many candidates can be compared on so many items; one at least, as many as DSPy's own default at most."""
    return max(1, min(16, attempts // max(1, compared)))


def _not_empty(output: Any) -> Any:
    if isinstance(output, dict):
        return output if output.get("text") else {**output, "text": " "}
    return output or " "


def _program() -> Any:
    import dspy

    return dspy.Predict(dspy.Signature("language, tables, evidence, question -> code", _INSTRUCTIONS))


def _lenient() -> Any:
    """A small model that does not keep to the format of fields is taken at its word: all it said is the last field."""
    import dspy
    from dspy.utils.exceptions import AdapterParseError

    class Lenient(dspy.ChatAdapter):  # type: ignore[misc]
        def parse(self, signature: Any, completion: str) -> dict[str, Any]:
            try:
                found: dict[str, Any] = super().parse(signature, completion)
            except AdapterParseError:
                names = list(signature.output_fields)
                found = dict.fromkeys(names[:-1], "") | {names[-1]: completion}
            return found

    return Lenient(use_json_adapter_fallback=False)


def _code(made: Any) -> str:
    """The code of a prediction, without the fence that models put around it."""
    text = str(getattr(made, "code", "") or "").strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].rpartition("```")[0] or text.strip("`")
    return text.strip()
