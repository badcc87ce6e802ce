"""What the doctor says of one thing."""

from typing import Literal

from attrs import frozen


@frozen
class Finding:
    """One thing looked at. `fix` says what to do; empty where nothing needs doing."""

    name: str
    state: Literal["ok", "note", "broken"]
    message: str
    fix: str = ""
