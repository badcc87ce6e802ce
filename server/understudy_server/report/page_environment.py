"""What every HTML page is made with: an environment that escapes all text, and the one style with the hash that admits it."""

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from understudy_server.report.visible import visible


def page_environment(package: str) -> Environment:
    """Renders what lies in the package's folder `templates`. A name that is not given is an error."""
    folder = files(package) / "templates"
    return Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def page_style() -> str:
    """The style of every page."""
    return (files("understudy_server.report") / "templates" / "report.css").read_text(encoding="utf-8")


def style_and_hash() -> dict[str, str]:
    """`style` and `style_hash` of a template: its policy admits this style and no other."""
    style = page_style()
    return {
        "style": Markup(style),  # noqa: S704 - our own file, and nothing is rendered into it
        "style_hash": b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }
