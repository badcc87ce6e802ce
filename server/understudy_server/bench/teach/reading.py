"""The two sides of a run: what is taught and what is tested, read from wherever they lie."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.evaluation.datasets import is_dataset, read_dataset
from understudy_knowledge.evaluation.items import Dataset, Item, Reader, Refused
from understudy_knowledge.evaluation.sides import with_sides
from understudy_server.bench.teach.own_project import own_project
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.project import Project


@frozen
class Sides:
    """What is taught and what is tested, with all that was refused on the way."""

    taught: Dataset
    tested: Dataset
    refused: tuple[Refused, ...]
    catalogs: Mapping[str, Catalog] = field(factory=dict)

    @property
    def teachable(self) -> tuple[Item, ...]:
        """What can be taught: an answer without code teaches nothing."""
        return tuple(item for item in self.taught.of("train") if not item.answer_only)


def read_sides(settings: TeachSettings, scratch: Path) -> Sides:
    """Both sides; of a dataset that is the memory for another one all is taught. Raises NothingToDoError where there is no dataset, DataSourceError."""
    catalogs: dict[str, Catalog] = {}

    def read(folder: Path) -> Dataset:
        if is_dataset(folder):
            return read_dataset(folder, scratch, Reader(settings.tasks, settings.evidence))
        found = own_project(Project.open(folder, strict=True))
        catalogs.update({item.database: found.catalog for item in found.dataset.items})
        return found.dataset

    tested = read(settings.tested)
    if settings.taught.resolve() == settings.tested.resolve():
        tested = with_sides(tested, settings.split, settings.seed, catalogs=catalogs)
        return Sides(tested, tested, tested.refused, catalogs)
    taught = _all_taught(read(settings.taught))
    tested, doubled = _apart(taught.items, tested)
    return Sides(taught, tested, (*taught.refused, *tested.refused, *doubled), catalogs)


def _all_taught(dataset: Dataset) -> Dataset:
    """The dataset with every item on the taught side: nothing of it is tested."""
    return evolve(dataset, items=tuple(evolve(item, split="train") for item in dataset.items))


def _apart(taught: Sequence[Item], tested: Dataset) -> tuple[Dataset, tuple[Refused, ...]]:
    """The tested dataset without items whose ids the taught one has, and those."""
    known = {item.example.id for item in taught}
    doubled = tuple(
        Refused(str(item.example.origin), item.example.id, "what is taught has the same id", "duplicate-id")
        for item in tested.items
        if item.example.id in known
    )
    left = tuple(item for item in tested.items if item.example.id not in known)
    return evolve(tested, items=left), doubled
