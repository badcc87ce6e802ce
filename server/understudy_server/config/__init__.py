"""What the user set: `[tool.understudy]`, `understudy.toml`, and the editor's settings over both."""

from understudy_server.config.load import hand_down, load_settings
from understudy_server.config.settings import (
    CompletionSettings,
    DataSettings,
    DistillSettings,
    ExecutionSettings,
    RetrievalSettings,
    RoleSettings,
    Settings,
)

__all__ = [
    "CompletionSettings",
    "DataSettings",
    "DistillSettings",
    "ExecutionSettings",
    "RetrievalSettings",
    "RoleSettings",
    "Settings",
    "hand_down",
    "load_settings",
]
