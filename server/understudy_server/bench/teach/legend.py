"""What each arm is, in one plain sentence: for the report, and for whoever asks the command what it can run."""

_SENTENCES = {
    "zero": "the student alone: the question and the schema, no help of any kind",
    "cot": "the student is told to think step by step; it gets nothing else",
    "random-k": "worked questions with their gold code, drawn by lot; no teacher is asked",
    "demonstration": "the worked questions nearest to this one, with their gold code; no teacher is asked",
    "dail": "worked questions with their gold code, chosen as DAIL-SQL does: by question and by the shape of a first attempt",
    "gi": "general instructions only: one text that the teacher wrote about the database",
    "rai": "ours: the lessons that retrieval finds for this question, each admitted by a measured lift",
    "gi+rai": "ours, whole: general instructions and retrieved lessons together",
    "shuffled": "a control: as many lessons as rai, but those meant for another question",
    "no-admission": "as rai, but every case may become a lesson, whether it was measured to help or not",
    "no-refinement": "as rai, but only lessons whose first plan succeeded: the teacher is never asked again",
    "no-tree": "as rai, without what the inner nodes of the knowledge tree say",
    "no-transfer": "as rai, without lessons made on other databases",
    "teacher": "a ceiling: the teacher's model answers by itself, or the student carries out a plan made from this very gold code",
    "dspy:bootstrap": "DSPy's BootstrapFewShotWithRandomSearch picks the demonstrations by trying random sets of them",
    "dspy:knn": "DSPy's KNNFewShot picks demonstrations near each question",
    "dspy:miprov2": "DSPy's MIPROv2 optimizes the instruction and the demonstrations",
    "dspy:gepa": "DSPy's GEPA rewrites the instruction after reading what failed",
}
_PATTERNS = {
    "k": "as rai, with at most {} lesson{s} in a prompt",
    "turns": "as rai, but only lessons whose plan succeeded within {} turn{s} of the teacher",
    "budget": "as rai, had the teacher been paid {} % of the tokens, for examples in an order drawn by lot",
    "policy": "as rai, had the teacher been paid {} % of the tokens, for examples in the order of the product's policy",
}


def explained(name: str) -> str:
    """The arm of that name in one clause; the name itself where nothing is known of it."""
    if name in _SENTENCES:
        return _SENTENCES[name]
    kind, _, number = name.partition("=")
    return _PATTERNS[kind].format(number, s="" if number == "1" else "s") if kind in _PATTERNS else name
