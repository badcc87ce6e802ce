"""Runs snippets with the real libraries and holds what is inferred against what came out. Needs pandas; run by hand.

    python tests/context/frames/frames_oracle.py            # compares, prints figures and every difference
    python tests/context/frames/frames_oracle.py --record   # writes the truth that the tests hold the inference to

A snippet is a part of corpus/*.txt between lines `# --- name`. Each of its statements is run; then every DataFrame that the
statement set or changed is compared.
"""

# ruff: noqa: T201

import ast
import contextlib
import io
import json
import os
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = {
    "orders.csv": "order_id,customer_id,ordered_on,total_cents\n1,1,2024-01-05,1200\n2,1,2024-02-01,800\n3,2,2024-02-03,400\n",
    "customers.csv": "customer_id,name,city\n1,Ada,Lyon\n2,Ben,Graz\n3,Cleo,Lyon\n",
    "plain.csv": "1,2,x\n3,4,y\n",
}


def snippets() -> dict[str, str]:
    """Name -> code, of all files of the corpus."""
    found = {}
    for path in sorted((HERE / "corpus").glob("*.txt")):
        for part in path.read_text("utf-8").split("# --- ")[1:]:
            name, _, code = part.partition("\n")
            found[f"{path.stem}: {name.strip()}"] = code
    return found


def truth_of(code: str, folder: Path) -> list[dict[str, Any]]:
    """One record for each frame that a statement set or changed: the offset behind it, the name, the columns or None."""
    scope: dict[str, Any] = {"__name__": "snippet"}
    records = []
    lines = [0]
    for line in code.encode().splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    before: dict[str, Any] = {}
    here = Path.cwd()
    os.chdir(folder)
    try:
        for node in ast.parse(code).body:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(compile(ast.Module([node], []), "snippet", "exec"), scope)
            now = {
                name: columns for name, value in scope.items() if (columns := columns_of(value)) is not None
            }
            assert node.end_lineno is not None
            for name, columns in now.items():
                if before.get(name) != columns or name in assigned(node):
                    records.append({"offset": lines[node.end_lineno], "name": name, "columns": columns})
            before = now
    finally:
        os.chdir(here)
    return records


def columns_of(value: Any) -> list[Any] | str | None:
    """The columns of a frame, "several levels" for names of more than one level, None for anything else."""
    if type(value).__name__ == "LazyFrame":
        return list(value.collect_schema().names())
    if type(value).__name__ not in ("DataFrame", "DuckDBPyRelation"):
        return None
    if getattr(value.columns, "nlevels", 1) > 1:
        return "several levels"
    names = list(value.columns)
    return [
        name if isinstance(name, str) else int(name) if type(name).__name__.startswith("int") else str(name)
        for name in names
    ]


def assigned(node: ast.stmt) -> set[str]:
    """The names that a statement sets."""
    return {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }


def verdict(record: dict[str, Any], frame: Any) -> str:
    """exact, order, between (some are uncertain), unknown or wrong."""
    truth = record["columns"]
    if frame is None:
        return "unknown"
    certain = [column.name for column in frame.columns if column.certain]
    if isinstance(truth, str):
        return "unknown" if frame.open and not certain else "wrong"
    if frame.open:
        return "unknown" if set(certain) <= set(truth) else "wrong"
    if list(frame.known) == truth and len(certain) == len(truth):
        return "exact"
    if set(frame.known) == set(truth) and len(certain) == len(truth):
        return "order"
    uncertain = len(certain) < len(frame.known)
    return "between" if uncertain and set(certain) <= set(truth) <= set(frame.known) else "wrong"


def main() -> None:
    """Compare, or record."""
    from understudy_server.context.frames.visible import visible_frames

    sys.path.insert(0, str(HERE))
    from shop_files import catalog_of_files

    counts: dict[str, Counter[str]] = {}
    truth: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            Path(folder, name).write_text(text, "utf-8")
        for name, code in snippets().items():
            try:
                truth[name] = truth_of(code, Path(folder))
            except Exception as error:
                print(f"{name}: does not run: {type(error).__name__}: {error}")
                continue
            for record in truth[name]:
                frames = {
                    each.name: each.frame
                    for each in visible_frames(code.encode(), record["offset"], catalog_of_files())
                }
                found = verdict(record, frames.get(record["name"]))
                counts.setdefault(name.partition(":")[0], Counter())[found] += 1
                if found != "exact":
                    known = frames.get(record["name"])
                    said = known and [
                        column.name if column.certain else f"{column.name}?" for column in known.columns
                    ]
                    print(
                        f"{found}: {name}: {record['name']} at {record['offset']}: {record['columns']}, inferred {said}{' open' if known and known.open else ''}"
                    )
    for group, counter in counts.items():
        print(group, dict(counter))
    if "--record" in sys.argv:
        (HERE / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
