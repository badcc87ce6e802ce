"""The doctor's checks, one function each: a finding, never an exception that a user could mend."""

import asyncio
import platform
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import evolve

from understudy_knowledge.errors import BackendError, ConfigurationError
from understudy_knowledge.execution import Executor, boundary
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent
from understudy_knowledge.models.vllm.manner import in_words
from understudy_server.cli.finding import Finding
from understudy_server.cli.knowledge_checks import what_is_kept, what_is_known
from understudy_server.cli.schema_checks import which_dialect, which_schema
from understudy_server.config import RetrievalSettings, RoleSettings, Settings, load_settings
from understudy_server.mining import mine
from understudy_server.project import Project, build_embedder

_PACKAGES = ("understudy", "sqlglot", "faiss-cpu", "tree-sitter", "pygls", "aiohttp")
_REACH_SECONDS = 2.5
_ASK_SECONDS = 4 * _REACH_SECONDS


def examine(root: Path) -> list[Finding]:
    """Everything the doctor looks at, in the order in which things build on each other."""
    try:
        settings, configuration = load_settings(root), _configuration(root)
    except ConfigurationError as error:
        settings = Settings()
        configuration = Finding(
            "configuration", "broken", str(error), "correct that line; defaults are in force until then"
        )
    project = Project(root, settings)
    try:
        return [
            _python(),
            configuration,
            _unread("database") if configuration.state == "broken" else _database(project),
            which_schema(project),
            which_dialect(project),
            _examples(project),
            *what_is_known(project),
            _embedding(settings.retrieval),
            asyncio.run(_role("student", settings.student)),
            asyncio.run(_role("teacher", settings.teacher)),
            _unread("execution") if configuration.state == "broken" else asyncio.run(_execution(project)),
            _workspace(project),
        ]
    finally:
        project.close()


def _python() -> Finding:
    versions, missing = [], []
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:  # noqa: PERF203 - six packages
            missing.append(package)
    found = f"{platform.python_implementation()} {platform.python_version()}; {', '.join(versions)}"
    if missing:
        return Finding(
            "python",
            "broken",
            f"{found}; missing: {', '.join(missing)}",
            "install the package understudy again",
        )
    return Finding("python", "ok", found)


def _configuration(root: Path) -> Finding:
    for name, needle in (("understudy.toml", ""), ("pyproject.toml", "[tool.understudy")):
        path = root / name
        if path.is_file() and needle in path.read_text(encoding="utf-8-sig", errors="replace"):
            return Finding("configuration", "ok", str(path))
    return Finding(
        "configuration",
        "note",
        "nothing is configured; defaults are in force",
        "add understudy.toml, or [tool.understudy] to pyproject.toml",
    )


def _unread(name: str) -> Finding:
    return Finding(name, "note", "not looked at, because the configuration cannot be read")


def _database(project: Project) -> Finding:
    database = project.database
    if database is None:
        return Finding(
            "database",
            "note",
            "none is configured, so nothing can be taught",
            "set database or url under [data] in understudy.toml",
        )
    catalog, failure = project.catalog, project.keeper.failure
    if failure is not None:
        setting = "url" if database.path is None else "database"
        return Finding(
            "database",
            "broken",
            str(failure),
            f"mend what it says, or correct {setting} under [data]; until then completion uses "
            + ("what is remembered of it" if project.keeper.remembers else "DDL files"),
        )
    tables = [table for table in catalog.tables if table.source == database.source]
    if not tables:
        return Finding(
            "database",
            "broken",
            f"{database.name} holds no tables",
            "point the setting at the one with the data",
        )
    rows = sum(table.rows or 0 for table in tables)
    found = f"{database.name}: {len(tables)} tables and views, {rows:,} rows"
    return Finding("database", "ok", found)


def _examples(project: Project) -> Finding:
    found = mine(
        project.root, source=project.source, dialect=project.dialect_hints, exclude=project.settings.exclude
    )
    skipped = f"; {len(found.skipped)} skipped" if found.skipped else ""
    if not found.examples:
        first = f" (the first: {found.skipped[0].place} {found.skipped[0].reason})" if found.skipped else ""
        return Finding(
            "examples",
            "note",
            f"none found{skipped}{first}",
            "write above a query what it answers, as a comment",
        )
    broken = [each.place for each in found.skipped if each.reason.startswith("syntax error")]
    places = ", ".join(broken[:3]) + (", …" if len(broken) > 3 else "")
    return Finding(
        "examples",
        "ok",
        f"{len(found.examples)} found{skipped}" + (f" (syntax errors: {places})" if broken else ""),
    )


def _embedding(settings: RetrievalSettings) -> Finding:
    """Embeds one question, which shows more than any list of models does."""
    if settings.embedding == "structure":
        return Finding(
            "embedding", "ok", "hashed terms; needs no model (set retrieval.embedding for a neural one)"
        )
    where = settings.base_url if settings.embedding == "server" else settings.folder
    asked = evolve(settings, timeout_seconds=min(settings.timeout_seconds, _ASK_SECONDS))
    try:
        embedder = build_embedder(asked)
        assert embedder is not None
        try:
            embedder.embed(["total revenue by month"])
            began = time.perf_counter()
            (vector,) = embedder.embed(["average price by region"])
            took, name = (time.perf_counter() - began) * 1000, embedder.name
        finally:
            embedder.close()
    except (BackendError, ConfigurationError) as error:
        fix = f"mend what it says, or correct retrieval.{'base_url' if settings.embedding == 'server' else 'folder'}"
        if settings.api_key_env and settings.api_key_env in str(error):
            fix = f"set the environment variable {settings.api_key_env}, or correct retrieval.api_key_env"
        return Finding(
            "embedding", "broken", str(error), f"{fix}; until then retrieval goes on with hashed terms alone"
        )
    found = f"{name} at {where}: {len(vector)} dimensions, one question in {took:.1f} ms"
    if took > settings.budget_ms:
        return Finding(
            "embedding",
            "note",
            f"{found}, and a keystroke waits {settings.budget_ms:g} ms: it comes in with the next one",
            "use a smaller model, or raise retrieval.budget_ms",
        )
    return Finding("embedding", "ok", found)


async def _role(name: str, role: RoleSettings) -> Finding:
    if role.base_url is None:
        return Finding(name, "ok", f"embedded; needs no model (set {name}.base_url for a model server)")
    try:
        settings = ServerSettings(
            base_url=role.base_url,
            model=role.model or None,
            api_key_env=role.api_key_env or None,
            template=role.template,
            timeout=_ASK_SECONDS,
        )
        client = Client(settings)
        try:
            listed = [model.id for model in await asyncio.wait_for(client.models(), _REACH_SECONDS)]
            if (finding := _unlisted(name, role, listed)) is not None:
                return finding
            if name == "student":
                return await asyncio.wait_for(_student(VllmStudent(settings, client), role), _ASK_SECONDS)
        finally:
            await client.close()
    except asyncio.TimeoutError:
        return Finding(
            name,
            "broken",
            f"{role.base_url} did not answer within {_REACH_SECONDS} s",
            "start the model server",
        )
    except (BackendError, ConfigurationError) as error:
        fix = f"start the model server, or correct {name}.base_url"
        if role.api_key_env and role.api_key_env in str(error):
            fix = f"set the environment variable {role.api_key_env}, or correct {name}.api_key_env"
        return Finding(name, "broken", str(error), fix)
    return Finding(name, "ok", f"{role.model or listed[0]} at {role.base_url}")


def _unlisted(name: str, role: RoleSettings, listed: list[str]) -> Finding | None:
    if role.model and role.model not in listed:
        return Finding(
            name,
            "note",
            f"{role.base_url} lists {', '.join(listed) or 'no model'}, not {role.model}",
            f"set {name}.model to one of them",
        )
    if not listed:
        return Finding(name, "broken", f"{role.base_url} serves no model", "load one")
    return None


async def _student(student: VllmStudent, role: RoleSettings) -> Finding:
    """Asks for one token, which shows more than any page of the server's does."""
    await student.check()
    traits, manner = await student.traits(), await student.manner()
    window = await student.window()
    kind = " ".join(part for part in (traits.kind, traits.version) if part)
    room = f", {window:,} tokens" if window else ""
    found = f"{student.name} at {role.base_url} ({kind}{room}); {in_words(manner)}"
    if manner.checked is False:
        return Finding(
            "student",
            "note",
            found,
            "set student.template to the family that the model was trained with, or to chat or plain",
        )
    return Finding("student", "ok", found)


async def _execution(project: Project) -> Finding:
    level = boundary().sentence
    if project.source is None:
        fix = (
            "mend the database first" if project.database else "set database under [data] in understudy.toml"
        )
        return Finding("execution", "note", f"{level}; nothing to run on", fix)
    async with Executor(workers=1) as executor:
        outcome = await executor.run("SELECT 1", project.source)
    if outcome.kind != "ok":
        return Finding(
            "execution",
            "broken",
            outcome.message or outcome.kind,
            "mend what it says"
            if project.source.address
            else "mend the database; if it is well, let Python start child processes",
        )
    return Finding("execution", "ok", level)


def _workspace(project: Project) -> Finding:
    folder = project.folder if project.folder.exists() else project.root
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding("workspace", "ok", f"{folder} can be written{what_is_kept(project.folder)}")
    except OSError as error:
        return Finding(
            "workspace",
            "broken",
            f"{folder} cannot be written ({error.strerror or error})",
            "make it writable",
        )
