"""Bugs and their fixes in the store."""

from collections.abc import Iterable
from sqlite3 import Connection

from understudy_knowledge.memory.repairs import Repair
from understudy_knowledge.memory.store_file import CONVERTER, StoreFile

_SINCE = 5


class RepairStore(StoreFile):
    """The store's repairs. They stand outside of the generation: nothing that is shown unasked depends on them."""

    def put_repairs(self, repairs: Iterable[Repair]) -> None:
        """Keep several, all or none; one of the same id is replaced, and none of a forgotten example is kept."""
        with self._database.writing() as connection:
            forgotten = {row[0] for row in connection.execute("SELECT example_id FROM forgotten")}
            connection.executemany(
                "INSERT OR REPLACE INTO repairs (id, example_id, body) VALUES (?, ?, ?)",
                [
                    (repair.id, repair.example_id, CONVERTER.dumps(repair))
                    for repair in repairs
                    if repair.example_id not in forgotten
                ],
            )

    def repairs(self) -> tuple[Repair, ...]:
        """All of them, in order of their ids."""
        with self._database.reading() as connection:
            rows = (
                connection.execute("SELECT body FROM repairs ORDER BY id").fetchall()
                if _has_repairs(connection)
                else []
            )
        return tuple(self._load(body, Repair) for (body,) in rows)


def _has_repairs(connection: Connection) -> bool:
    """Whether the file is new enough; one that is opened for reading is not migrated."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version) >= _SINCE
