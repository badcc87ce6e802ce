"""Neural embedders of questions: on a server or in a folder. Nothing heavy is imported before the first text."""

from understudy_knowledge.models.embedding.folder import FolderEmbedder
from understudy_knowledge.models.embedding.server import ServerEmbedder
from understudy_knowledge.models.embedding.steady import SteadyEmbedder

__all__ = ["FolderEmbedder", "ServerEmbedder", "SteadyEmbedder"]
