"""What a model wrote -> what may be inserted. One filter, one file; the order below is the order they run in."""

from understudy_server.completion.filters.balance_parentheses import balance_parentheses
from understudy_server.completion.filters.balance_quotes import balance_quotes
from understudy_server.completion.filters.drop_prefix_repetition import drop_prefix_repetition
from understudy_server.completion.filters.drop_suffix_overlap import drop_suffix_overlap
from understudy_server.completion.filters.indent_as_place import indent_as_place
from understudy_server.completion.filters.no_repeated_line import no_repeated_line
from understudy_server.completion.filters.no_secrets import no_secrets
from understudy_server.completion.filters.no_statement_above import no_statement_above
from understudy_server.completion.filters.stay_in_string import stay_in_string
from understudy_server.completion.filters.strip_fences_and_prose import strip_fences_and_prose
from understudy_server.completion.filters.strip_hidden_characters import strip_hidden_characters
from understudy_server.completion.filters.trim_to_statement import trim_to_statement
from understudy_server.context.query_context import QueryContext

FILTERS = (
    strip_hidden_characters,
    strip_fences_and_prose,
    drop_prefix_repetition,
    stay_in_string,
    trim_to_statement,
    no_repeated_line,
    drop_suffix_overlap,
    balance_quotes,
    balance_parentheses,
    no_statement_above,
    indent_as_place,
    no_secrets,
)


def clean(text: str, context: QueryContext) -> str:
    """The text after every filter, without blanks at its end; empty when nothing worth inserting is left."""
    for apply in FILTERS:
        text = apply(text, context)
    return text.rstrip()
