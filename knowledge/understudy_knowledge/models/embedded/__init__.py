"""Backends without model files: the symbolic teacher and the symbolic student. They are no language models."""

from understudy_knowledge.models.embedded.student import EmbeddedStudent
from understudy_knowledge.models.embedded.teacher import EmbeddedTeacher

__all__ = ["EmbeddedStudent", "EmbeddedTeacher"]
