"""Inline SVG from elements; every attribute and text is escaped. Knows nothing of what is drawn."""

from collections.abc import Iterable

from attrs import frozen
from markupsafe import Markup, escape

from understudy_server.report.visible import visible


@frozen
class Table:
    """A plot's figures as they are; the first cell of a row names it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@frozen
class Plot:
    """A drawing for the page. `description` says in words what it shows, for those who do not see it."""

    title: str
    description: str
    svg: Markup
    table: Table | None = None


def element(name: str, *children: Markup | str, **attributes: str | float) -> Markup:
    """`<name attributes>children</name>`; a trailing underscore of an attribute is dropped, other underscores are hyphens."""
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
    )
    inside = Markup("").join(escape(visible(child)) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, said, inside)


def drawing(
    title: str,
    description: str,
    width: float,
    height: float,
    shapes: Iterable[Markup],
    table: Table | None = None,
) -> Plot:
    """The plot of these shapes, in user units that are CSS pixels at full size."""
    return Plot(
        title,
        description,
        element(
            "svg",
            element("title", title),
            element("desc", description),
            *shapes,
            role="img",
            viewBox=f"0 0 {width:g} {height:g}",
            width=width,
            height=height,
        ),
        table,
    )


def _value(value: str | float) -> str:
    return visible(value) if isinstance(value, str) else f"{round(value, 2):g}"
