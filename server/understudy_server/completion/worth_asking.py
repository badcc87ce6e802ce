"""Whether a student could add anything at the cursor. A request that makes no sense costs a model's time and shows nonsense."""

from understudy_server.context.query_context import QueryContext


def is_worth_asking(context: QueryContext, *, explicit: bool) -> bool:
    """No in Python code and in an empty statement that answers no question.

    Unless it is asked for explicitly also no inside a word, which is being renamed, and behind a statement's semicolon.
    """
    if context.region == "python-code":  # students complete SQL
        return False
    if not context.prefix.strip() and not context.question.text:
        return False
    if explicit:
        return True
    inside_a_word = context.suffix[:1].isalnum() or context.suffix[:1] == "_"
    return not inside_a_word and not context.prefix.rstrip(" \t").endswith(";")
