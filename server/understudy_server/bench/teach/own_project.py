"""The project's own examples as a dataset: mined from its files, run on its database."""

import hashlib

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Dataset, Item, Refused
from understudy_server.mining import mine
from understudy_server.project import Project

_KINDS = {"sql": "SQL files", "python": "Python", "notebook": "notebooks", "dbt": "dbt models"}


@frozen
class OwnProject:
    """A project's examples, without sides, and what is known of its database."""

    dataset: Dataset
    catalog: Catalog


def own_project(project: Project) -> OwnProject:
    """What the project's files give. Raises NothingToDoError where it has no database or no example, DataSourceError."""
    source = project.source
    if source is None:
        raise NothingToDoError(
            "There is no database to run queries on: name one with data.database, or a dataset with --data"
        )
    assert project.database is not None, "it is what the source is of"
    name = project.database.source
    mined = mine(project.root, source=source, dialect=project.dialect, exclude=project.settings.exclude)
    items = tuple(
        Item(example, "sql", _KINDS.get(example.origin.kind, example.origin.kind), "", name)
        for example in mined.examples
    )
    refused = tuple(
        Refused(skipped.place, "a statement", skipped.reason, "not-mined") for skipped in mined.skipped
    )
    if not items:
        raise NothingToDoError(f"{project.root} has no question with a query that could be tried")
    said = "\n".join(f"{item.example.id} {item.example.question}\0{item.example.gold}" for item in items)
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    return OwnProject(Dataset(project.root.name, items, refused, digest), project.catalog)
