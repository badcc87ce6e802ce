"""Every dataset behind one interface: a folder is known by its layout, and read by the one who knows that layout."""

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.bird import is_bird, read_bird
from understudy_knowledge.evaluation.bundles import is_bundle, read_bundle
from understudy_knowledge.evaluation.ds1000 import is_ds1000, read_ds1000
from understudy_knowledge.evaluation.items import Dataset, Reader
from understudy_knowledge.evaluation.spider import is_spider, read_spider
from understudy_knowledge.evaluation.tabmwp import is_tabmwp, read_tabmwp
from understudy_knowledge.evaluation.wikitablequestions import is_wikitablequestions, read_wikitablequestions


@frozen
class Layout:
    """A way in which a dataset lies on a disk."""

    name: str
    knows: Callable[[Path], bool]
    read: Callable[[Path, Path, Reader], Dataset]


LAYOUTS = (
    Layout("a bundle (items.jsonl)", is_bundle, read_bundle),
    Layout("BIRD (dev.json beside dev_databases)", is_bird, read_bird),
    Layout("Spider (dev.json beside database)", is_spider, read_spider),
    Layout("WikiTableQuestions (data/*.tsv beside csv)", is_wikitablequestions, read_wikitablequestions),
    Layout("TabMWP (problems_*.json)", is_tabmwp, read_tabmwp),
    Layout("DS-1000 (ds1000.jsonl.gz)", is_ds1000, read_ds1000),
)


def is_dataset(folder: Path) -> bool:
    """Whether the folder has a layout that is known."""
    return any(layout.knows(folder) for layout in LAYOUTS)


def read_dataset(folder: Path, scratch: Path, reader: Reader | None = None) -> Dataset:
    """The dataset in the folder; what has to be unpacked or rewritten lies below `scratch`.

    Raises NothingToDoError where no layout is known or nothing is left of the dataset, DataSourceError.
    """
    for layout in LAYOUTS:
        if layout.knows(folder):
            found = layout.read(folder, scratch, reader or Reader())
            if not found.items and found.refused:
                raise NothingToDoError(
                    f"{folder} has no item that can be used; the first: {found.refused[0]}"
                )
            return found
    known = "; ".join(layout.name for layout in LAYOUTS)
    raise NothingToDoError(f"{folder} holds no dataset that is known here. Known are: {known}")
