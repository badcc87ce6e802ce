"""Shared text: the general instructions with the rules they consist of, and what the tree's inner nodes say."""

from collections.abc import Iterable
from sqlite3 import Connection

from attrs import evolve

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import CaseStatus, GeneralInstructions, NodeInstruction, Rule
from understudy_knowledge.memory.rules import without
from understudy_knowledge.memory.store_file import CONVERTER, StoreFile, advance, now

_SINCE = 4
_PUT_GENERAL = (
    "INSERT INTO general (only, body) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET body = excluded.body"
)


class InstructionStore(StoreFile):
    """The store's shared text."""

    def put_general(self, general: GeneralInstructions, rules: Iterable[Rule] = ()) -> GeneralInstructions:
        """Keep the general instructions and their rules in place of the former; returns them with their generation."""
        rows = [(rule.id, CONVERTER.dumps(rule)) for rule in rules]
        with self._database.writing() as connection:
            kept = evolve(general, generation=advance(connection))
            connection.execute(_PUT_GENERAL, (CONVERTER.dumps(kept),))
            connection.execute("DELETE FROM rules")
            connection.executemany("INSERT OR REPLACE INTO rules (id, body) VALUES (?, ?)", rows)
        return kept

    def general(self) -> GeneralInstructions:
        """The general instructions, empty when none were kept."""
        with self._database.reading() as connection:
            return self._general(connection)

    def rules(self) -> tuple[Rule, ...]:
        """Every rule, whatever its status, in order of their ids."""
        with self._database.reading() as connection:
            rows = (
                connection.execute("SELECT body FROM rules ORDER BY id").fetchall()
                if _has_rules(connection)
                else []
            )
        return tuple(self._load(body, Rule) for (body,) in rows)

    def rule(self, id: str) -> Rule | None:  # noqa: A002 - the records' own word
        """The rule of that id, or the only one whose id starts so; None where there is none."""
        with self._database.reading() as connection:
            return self._rule(connection, id)

    def forget_rule(self, id: str) -> Rule | None:  # noqa: A002
        """Take a rule out of the general instructions and of every node for good, found as `rule` finds it, and give it back."""
        with self._database.writing() as connection:
            found = self._rule(connection, id)
            if found is None:
                return None
            kept = evolve(without(self._general(connection), (found,)), generation=advance(connection))
            connection.execute(_PUT_GENERAL, (CONVERTER.dumps(kept),))
            connection.execute("DELETE FROM rules WHERE id = ?", (found.id,))
            connection.execute("INSERT OR REPLACE INTO forgotten_rules VALUES (?, ?)", (found.id, now()))
            for node in self._instructions(connection):
                left = without(GeneralInstructions(node.text, node.definitions), (found,))
                if left.text != node.text or left.definitions != node.definitions:
                    _put(connection, evolve(node, text=left.text, definitions=left.definitions))
        return found

    def forgotten_rules(self) -> frozenset[str]:
        """Ids of the rules that were forgotten: no exploration distills them again."""
        with self._database.reading() as connection:
            return frozenset(row[0] for row in connection.execute("SELECT id FROM forgotten_rules"))

    def put_instructions(self, instructions: Iterable[NodeInstruction]) -> None:
        """Keep what the tree's inner nodes say, in place of all that they said before."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM instructions")
            for instruction in instructions:
                _put(connection, instruction)
            advance(connection)

    def instructions(self, status: CaseStatus | None = None) -> tuple[NodeInstruction, ...]:
        """What the tree's inner nodes say, all or those of one status, in order of their paths."""
        with self._database.reading() as connection:
            found = self._instructions(connection)
        return tuple(each for each in found if status in (None, each.status))

    def _instructions(self, connection: Connection) -> list[NodeInstruction]:
        if not _has_rules(connection):
            return []
        rows = connection.execute("SELECT body FROM instructions ORDER BY path").fetchall()
        return [self._load(body, NodeInstruction) for (body,) in rows]

    def _general(self, connection: Connection) -> GeneralInstructions:
        row = connection.execute("SELECT body FROM general").fetchone()
        return self._load(row[0], GeneralInstructions) if row else GeneralInstructions()

    def _rule(self, connection: Connection, prefix: str) -> Rule | None:
        if not _has_rules(connection):
            return None
        rows = connection.execute(
            "SELECT id, body FROM rules WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 6",
            (prefix, prefix + "\U0010ffff"),
        ).fetchall()
        if not rows or not prefix:
            return None
        if len(rows) > 1 and rows[0][0] != prefix:
            some = ", ".join(rule_id for rule_id, _ in rows[:5])
            raise KnowledgeStoreError(
                f"{prefix!r} is the beginning of several rules ({some}); give more of the id"
            )
        return self._load(rows[0][1], Rule)


def _has_rules(connection: Connection) -> bool:
    """Whether the schema has these tables: a store that is only read is not migrated."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version) >= _SINCE


def _put(connection: Connection, instruction: NodeInstruction) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO instructions (path, body) VALUES (?, ?)",
        ("/".join(instruction.path), CONVERTER.dumps(instruction)),
    )
