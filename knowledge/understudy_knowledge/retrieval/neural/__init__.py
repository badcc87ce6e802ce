"""The neural leg: questions embedded by a model that the settings name, beside the hashed embedding that is always there."""

from understudy_knowledge.retrieval.neural.embedder import Embedder
from understudy_knowledge.retrieval.neural.questions import Questions

__all__ = ["Embedder", "Questions"]
