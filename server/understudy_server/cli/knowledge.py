"""understudy knowledge: what was learned, and control over it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_server.cli.counted import counted
from understudy_server.cli.knowledge_edit import edit_command
from understudy_server.cli.knowledge_packs import export_command, import_command
from understudy_server.cli.knowledge_tree import tree_command
from understudy_server.cli.opened_store import opened_store
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.root import find_root

if TYPE_CHECKING:
    from understudy_knowledge.memory.records import Case, Rule
    from understudy_knowledge.memory.store import KnowledgeStore

_STATUSES = ("admitted", "refused", "quarantined", "stale")


@click.group()
def knowledge() -> None:
    """Show what was learned, and forget what should not have been."""


for command in (tree_command, edit_command, export_command, import_command):
    knowledge.add_command(command)


@knowledge.command("list")
@click.option("--status", type=click.Choice(_STATUSES), help="Only cases of this status.")
@root_option
@json_option
def list_cases(status: str | None, root: Path | None, as_json: bool) -> None:
    """List the cases, those that help most first."""
    from attrs import asdict
    from rich.markup import escape
    from rich.table import Table

    from understudy_knowledge.teaching.fingerprints import is_for_another_student
    from understudy_server.cli.terminal import answers
    from understudy_server.project import Project

    student = Project.open(find_root(root)).student_name
    with opened_store(root, read_only=True) as store:
        cases = [case for case in store.cases() if status in (None, case.status)]
    cases.sort(key=lambda case: (_STATUSES.index(case.status), -_lift(case), case.id))
    if as_json:
        fields = ("id", "status", "reason", "question", "accepted", "created")
        print_json(
            [
                {
                    **{name: getattr(case, name) for name in fields},
                    "lift": _lift_json(case),
                    "measured_for_another_student": is_for_another_student(case, student),
                    "origin": asdict(case.origin),
                }
                for case in cases
            ]
        )
        return
    rows = Table("case", "status", "lift", "question", "from")
    for case in cases:
        rows.add_row(
            case.id,
            case.status,
            (f"{_lift(case):+.2f}" if case.lift else "-")
            + (", measured for another student" if is_for_another_student(case, student) else ""),
            escape(case.question),
            escape(str(case.origin)),
        )
    answers().print(rows)


@knowledge.command()
@click.argument("case_id", metavar="ID")
@root_option
@json_option
def show(case_id: str, root: Path | None, as_json: bool) -> None:
    """Show one case (plan, trace, code, lineage, lift and cost) or one rule. The beginning of the ID is enough."""
    from attrs import asdict

    from understudy_server.cli import rule_page
    from understudy_server.cli.case_page import page, trace_of

    with opened_store(root, read_only=True) as store:
        rule = _rule(store, case_id)
        if rule is not None:
            told = {**asdict(rule), "lift": _lift_json(rule)}
            print_json(told) if as_json else click.echo(rule_page.page(rule))
            return
        case = store.case(case_id)
        rules = [each for each in store.rules() if case.id in each.cases]
    trace = trace_of(find_root(root) / ".understudy" / "runs", case.example_id)
    if as_json:
        print_json(
            {
                **asdict(case),
                "lift": _lift_json(case),
                "trace": asdict(trace) if trace else None,
                "rules": [each.id for each in rules],
            }
        )
    else:
        click.echo(page(case, trace, rules))


@knowledge.command()
@click.argument("case_id", metavar="ID")
@root_option
@json_option
def forget(case_id: str, root: Path | None, as_json: bool) -> None:
    """Forget one case or rule for good: it is not learned again. The beginning of the ID is enough."""
    from understudy_server.cli.forgetting import forget_case, renew_general

    with opened_store(root, read_only=False) as store:
        rule = _rule(store, case_id)
        if rule is not None:
            store.forget_rule(rule.id)
            print_json({"forgotten": {"id": rule.id, "rule": rule.text}}) if as_json else click.echo(
                f"Forgot the rule {rule.id}: {rule.text.lstrip('- ')}"
            )
            return
        case, derived = forget_case(store, case_id)
        general = renew_general(store, find_root(root), [each.id for each in (case, *derived)])
    if as_json:
        forgotten = {"id": case.id, "question": case.question, "origin": str(case.origin)}
        also = [{"id": each.id, "question": each.question} for each in derived]
        print_json({"forgotten": forgotten, "also": also, "general_instructions": general})
    else:
        click.echo(f'Forgot {case.id}, the lesson of "{case.question}" ({case.origin}).')
        for each in derived:
            click.echo(f'With it went {each.id}, of the same query: "{each.question}".')
        if general == "put aside":
            click.echo("The general instructions came from it too; `understudy distill` makes new ones.")


@knowledge.command()
@root_option
@json_option
def verify(root: Path | None, as_json: bool) -> None:
    """Hold each case against the schema and the data of today: what no longer runs goes stale and enters no prompt.

    Stale cases are run first. Imported and edited cases, and those whose lift is of another student, prompt or schema, are
    measured on the project's own examples; only those that help are admitted.
    """
    from understudy_server.cli.verifying import verified

    with opened_store(root, read_only=False) as store:
        found = verified(store, find_root(root))
    if as_json:
        fields = ("id", "status", "reason", "question")
        print_json(
            {
                "looked_at": found.looked_at,
                "ran": found.ran,
                "measured": found.measured,
                "changed": [{name: getattr(case, name) for name in fields} for case in found.changed],
                "stale_rules": [{"id": rule.id, "reason": rule.reason} for rule in found.stale_rules],
                "remeasured": [
                    {
                        "id": each.after.id,
                        "what": list(each.what),
                        "status": each.after.status,
                        "before": _lift_json(each.before),
                        "after": _lift_json(each.after),
                    }
                    for each in found.remeasured
                ],
                "outdated": {case_id: list(what) for case_id, what in found.outdated.items()},
                **({"failure": found.failure} if found.failure else {}),
            }
        )
        return
    for case in found.changed:
        click.echo(f'{case.id} is {case.status} now, the lesson of "{case.question}": {case.reason}.')
    for rule in found.stale_rules:
        click.echo(f"The rule {rule.id} is stale now: {rule.reason}.")
    for each in found.remeasured:
        click.echo(
            f"{each.after.id} was measured anew, with another {' and another '.join(each.what)}: "
            f"lift {_lift(each.before):+.2f} before, {_lift(each.after):+.2f} now, {each.after.status}."
        )
    for case_id, what in found.outdated.items():
        click.echo(
            f"{case_id} was measured with another {' and another '.join(what)}, and no example here can measure it."
            if not found.failure
            else f"{case_id} was measured with another {' and another '.join(what)}."
        )
    if found.failure:
        click.echo(f"Not everything was measured: {found.failure}", err=True)
    click.echo(
        f"{counted(found.looked_at, 'case was', 'cases were')} looked at, {found.measured} measured, {len(found.changed)} changed."
    )
    if not found.ran:
        click.echo("Without a database that can be run on, only tables and columns were looked at.")


def _rule(store: "KnowledgeStore", named: str) -> "Rule | None":
    """The rule that is named, or None where it is no rule. Raises KnowledgeStoreError where it may be a case as well."""
    rule = store.rule(named)
    if rule is not None and rule.id != named and (cases := store.cases_starting(named)):
        raise KnowledgeStoreError(
            f"{named!r} is the beginning of the rule {rule.id} and of the case {cases[0]}; give more of the id"
        )
    return rule


def _lift(case: "Case") -> float:
    return case.lift.value if case.lift else 0.0


def _lift_json(item: "Case | Rule") -> dict[str, float] | None:
    lift = item.lift
    if lift is None:
        return None
    return {"value": lift.value, "with_lesson": lift.with_lesson, "without": lift.without, "n": lift.n}
