"""Backends over any OpenAI-compatible HTTP server, vLLM first."""

from understudy_knowledge.models.vllm.client import Client
from understudy_knowledge.models.vllm.settings import ServerSettings
from understudy_knowledge.models.vllm.student import VllmStudent
from understudy_knowledge.models.vllm.teacher import VllmTeacher

__all__ = ["Client", "ServerSettings", "VllmStudent", "VllmTeacher"]
