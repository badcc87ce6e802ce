"""The names of the arms. Imports nothing: a command line that only asks for help waits for no model."""

ARMS = (
    "zero", "cot", "random-k", "demonstration", "dail", "gi", "rai", "gi+rai", "shuffled", "no-admission", "no-refinement",
    "no-tree", "no-transfer", "turns=2", "turns=3", "budget=25", "budget=50", "budget=75", "policy=25", "policy=50", "policy=75",
    "teacher", "k=1", "k=2", "k=4", "k=8",
)  # fmt: skip
DSPY_ARMS = ("dspy:bootstrap", "dspy:knn", "dspy:miprov2", "dspy:gepa")
"""Only with a student on a model server, and with the extra `dspy`."""
EVERY_ARM = ("all",)
"""Every arm that can run here."""
DEFAULT_ARMS = ("zero", "gi", "rai", "gi+rai", "shuffled")
SAMPLED = (
    "random-k", "shuffled", "budget=25", "budget=50", "budget=75", "dspy:bootstrap", "dspy:miprov2", "dspy:gepa",
)  # fmt: skip
"""Arms that draw lots: they are run with several seeds. A part of the budget goes to examples in an order drawn by lot.
DSPy's nearest neighbors draw none."""
BY_TEACHER = ("gi", "rai", "gi+rai", "shuffled", "no-admission", "no-refinement", "no-tree", "no-transfer")
"""Arms for which the teacher was paid, beside those of a part of its turns or budget."""
WITHOUT_LESSONS = ("zero", "cot", "gi")
"""Arms that give no lesson."""
UNTAUGHT = ("zero", "cot")
"""Arms that need nothing to have been taught."""
