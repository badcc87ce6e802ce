"""One DSPy program, and the optimizer that compiles it. Everything here runs in a thread of its own and knows no event loop."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import asdict, frozen

from understudy_knowledge.memory.records import Example
from understudy_server.bench.teach.dspy_model import Spent, adapter, language_model
from understudy_server.bench.teach.reached import Reached

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
    """`kind` is bootstrap, knn, miprov2 or gepa; `attempts` bounds how often candidates are tried at taught items.

    The student answers. The teacher proposes instructions, reflects on failures and, where nothing else is asked of it, makes
    demonstrations. It is the student itself where no model server is the teacher.
    """

    kind: str
    student: Reached
    teacher: Reached
    demonstrations: int
    seed: int
    attempts: int

    def compile(
        self,
        taught: Sequence[tuple[Example, Inputs]],
        passes: Passes,
        vectors: Vectors,
        label: str,
        spent: Spent,
    ) -> Any:
        """The compiled program; half of the taught items, drawn by the seed, are its training set, and candidates are compared on
        the others. Calls are made under the label. Where nothing is compared all are its training set."""
        import dspy

        by_id = {example.id: example for example, _ in taught}
        shown = [
            dspy.Example(id=example.id, code=example.gold, **asdict(inputs)).with_inputs(*asdict(inputs))
            for example, inputs in taught
        ]
        # The one seed that the random search and the order of demonstrations take.
        random.Random(self.seed).shuffle(shown)  # noqa: S311 - a draw, not a secret
        train, valid = shown[::2], shown[1::2] or shown

        def metric(gold: Any, made: Any, trace: Any = None) -> float:
            return float(passes(by_id[gold.id], _code(made))[0])

        def feedback(gold: Any, made: Any, trace: Any = None, name: Any = None, part: Any = None) -> Any:
            passed, reason = passes(by_id[gold.id], _code(made))
            return dspy.Prediction(score=float(passed), feedback=reason or "It gives the gold answer.")

        model = language_model(self.student, label, 0.0, spent)
        # As warm as DSPy has those that propose.
        thinking = language_model(self.teacher, label, 1.0, spent)
        with self._context(model):
            program = _program()
            if self.kind == "knn":
                embedder = dspy.Embedder(vectors, caching=False)
                # Each demonstration is tried before it is used, so that no more than k are tried for one question.
                return dspy.KNNFewShot(
                    self.demonstrations, shown, embedder, metric=metric, max_bootstrapped_demos=self.demonstrations,
                    max_labeled_demos=self.demonstrations, max_errors=len(shown) + 1,
                ).compile(program)  # fmt: skip
            rounds = attempts_for(self.attempts, len(valid))
            if self.kind == "bootstrap":
                shows = {"lm": language_model(self.teacher, label, 0.0, spent)}
                return dspy.BootstrapFewShotWithRandomSearch(
                    metric, teacher_settings=shows, max_bootstrapped_demos=self.demonstrations,
                    max_labeled_demos=self.demonstrations, num_candidate_programs=rounds, num_threads=1,
                    max_errors=10 * len(shown),
                ).compile(program, trainset=train, valset=valid)  # fmt: skip
            if self.kind == "miprov2":
                return dspy.MIPROv2(
                    metric, prompt_model=thinking, task_model=model, auto=None, num_candidates=min(rounds + 1, 6),
                    max_bootstrapped_demos=self.demonstrations, max_labeled_demos=self.demonstrations, num_threads=1,
                    max_errors=10 * len(shown), seed=self.seed,
                ).compile(
                    program, trainset=train, valset=valid, num_trials=rounds, minibatch=False, seed=self.seed,
                )  # fmt: skip
            return dspy.GEPA(
                metric=feedback, max_metric_calls=max(self.attempts, len(valid) + 1), reflection_lm=thinking,
                num_threads=1, reflection_minibatch_size=min(3, len(train)), seed=self.seed,
            ).compile(program, trainset=train, valset=valid)  # fmt: skip

    def saved(self, program: Any) -> dict[str, Any] | None:
        """The compiled program's state as JSON has it; None for one that is made anew for each question."""
        if self.kind == "knn":
            return None
        state: dict[str, Any] = program.dump_state()
        return state

    def loaded(self, state: dict[str, Any]) -> Any:
        """The compiled program of that state."""
        program = _program()
        program.load_state(state)
        return program

    def ask(self, program: Any, inputs: Inputs, label: str) -> tuple[str, int, float]:
        """The program's code, the tokens that all its calls took, and seconds."""
        began = time.perf_counter()
        model = language_model(self.student, label, 0.0, lambda role: False)
        with self._context(model):
            made = program(**asdict(inputs))
            tokens = sum(
                int((call.get("usage") or {}).get(name) or 0)
                for call in model.history
                for name in ("prompt_tokens", "completion_tokens")
            )
        return _code(made), tokens, time.perf_counter() - began

    def _context(self, model: Any) -> Any:
        """DSPy's settings for this thread alone."""
        import dspy

        return dspy.context(lm=model, adapter=adapter(self.student.prompt_tokens))


def attempts_for(attempts: int, compared: int) -> int:
    """How many candidates can be compared on so many items; one at least, as many as DSPy's own default at most."""
    return max(1, min(16, attempts // max(1, compared)))


def _program() -> Any:
    import dspy

    return dspy.Predict(dspy.Signature("language, tables, evidence, question -> code", _INSTRUCTIONS))


def _code(made: Any) -> str:
    """The code of a prediction, without the fence that models put around it."""
    text = str(getattr(made, "code", "") or "").strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].rpartition("```")[0] or text.strip("`")
    return text.strip()
