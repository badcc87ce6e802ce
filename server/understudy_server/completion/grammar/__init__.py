"""What may follow the cursor, as a grammar that a model server can hold its model to: no name in it is unknown."""

from understudy_server.completion.grammar.grammars import Grammars

__all__ = ["Grammars"]
