"""Which lesson, if any, belongs into this prompt."""

from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.retriever import Retriever

__all__ = ["RetrievalQuery", "Retriever", "nearest"]
