"""A run as the command line asks for it: the dataset found, the roles filled as the settings of this folder say, calls counted."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.datasets import LAYOUTS, is_dataset
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.models.vllm import VllmStudent, VllmTeacher
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.price import Price
from understudy_server.bench.proxy import CountingProxy
from understudy_server.bench.teach.arm_names import ARMS, DSPY_ARMS, EVERY_ARM
from understudy_server.bench.teach.counting import Counting
from understudy_server.bench.teach.dspy_arms import lacking_for_dspy
from understudy_server.bench.teach.reached import Reached, reached
from understudy_server.bench.teach.running import TeachRun
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.bench.teach.terms import Wish, on_terms
from understudy_server.config import RoleSettings, Settings, load_settings
from understudy_server.project import build_student, build_teachers

_BUNDLE = "dev"
"""The bundle meant by a folder of bundles."""


def dataset_in(folder: Path | None) -> Path:
    """The dataset at or in the folder; this project where no folder is named. Raises NothingToDoError where there is none."""
    if folder is None:
        return Path.cwd()
    for candidate in (folder, folder / _BUNDLE):
        if is_dataset(candidate):
            return candidate
    known = "; ".join(layout.name for layout in LAYOUTS)
    raise NothingToDoError(
        f"{folder} holds no dataset; name the folder of one with --data. Known are: {known}"
    )


async def run_teach(
    settings: TeachSettings,
    wish: Wish,
    runs: Path,
    say: Callable[[str, int, int], None],
    tell: Callable[[str], None] = lambda sentence: None,
) -> dict[str, Any]:
    """The figures of a run with the student and the teachers that are configured here. Raises UnderstudyError."""
    configured = load_settings(Path.cwd())
    settings, left_out = _with_arms(settings, configured)
    if left_out:
        tell(left_out)
    async with _roles(configured, runs) as roles:
        served = {"student": isinstance(roles.student, VllmStudent), "teacher": roles.taught_by_servers}
        estimated = frozenset(name for name, asks in served.items() if not asks)
        settings = on_terms(settings, wish, configured)
        run = TeachRun(
            settings, roles.student, roles.teachers, runs, say, tell, roles.alone, roles.price, roles.counting, estimated
        )  # fmt: skip
        figures = await run.run()
        figures["settings"] |= _said_of_dspy(settings, roles.counting, left_out)
        return figures | {"servers": roles.servers}


def _with_arms(settings: TeachSettings, configured: Settings) -> tuple[TeachSettings, str]:
    """The settings with the arms that can run here, and a sentence on those left out of `all`. Raises NothingToDoError for others."""
    lacking = lacking_for_dspy(configured.student.base_url)
    if settings.arms == EVERY_ARM:
        if not lacking:
            return evolve(settings, arms=(*ARMS, *DSPY_ARMS)), ""
        return evolve(
            settings, arms=ARMS
        ), f"The arms {', '.join(DSPY_ARMS)} are left out: they need {lacking}."
    if lacking and (named := [arm for arm in settings.arms if arm in DSPY_ARMS]):
        raise NothingToDoError(f"{named[0]} needs {lacking}, or leave the arm out")
    return settings, ""


def _said_of_dspy(settings: TeachSettings, counting: Counting, left_out: str) -> dict[str, str]:
    """What a reader of the figures has to know of the arms that run DSPy."""
    said = {"left_out": left_out} if left_out else {}
    if any(arm in DSPY_ARMS for arm in settings.arms):
        teacher = counting.reached.get("teacher")
        said["dspy_teacher"] = teacher.model if teacher else "the student: no model server is the teacher"
        said["dspy"] = version("dspy")
    return said


@frozen(eq=False)
class _Roles:
    student: Student
    teachers: tuple[tuple[Teacher, Price], ...]
    """The cheapest first."""
    alone: Student | None
    price: Price
    """The student's."""
    counting: Counting
    taught_by_servers: bool
    servers: dict[str, dict[str, Any]]
    """How each role that a model server fills is asked, and what that server is; its address is nobody's business."""


def served_roles(configured: Settings) -> dict[str, RoleSettings]:
    """All roles by the names under which their calls are counted, further teachers by number."""
    further = {f"teacher-{number}": role for number, role in enumerate(configured.teachers, start=2)}
    return {"student": configured.student, "teacher": configured.teacher, **further}


@asynccontextmanager
async def _roles(configured: Settings, runs: Path) -> AsyncIterator[_Roles]:
    """The roles filled; those on servers reach them through a proxy that counts."""
    named = served_roles(configured)
    servers = {name: role.base_url for name, role in named.items() if role.base_url is not None}
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(CountingProxy(servers)) if servers else None
        if proxy is not None:
            named |= {name: evolve(named[name], base_url=proxy.url(name)) for name in servers}
        through = evolve(
            configured,
            student=named["student"],
            teacher=named["teacher"],
            teachers=tuple(role for name, role in named.items() if name not in ("student", "teacher")),
        )
        roles = await _filled(through, proxy)
        if roles.taught_by_servers:
            # What their answers cost is paid once, however often a run is cut off.
            await asyncio.to_thread(runs.mkdir, parents=True, exist_ok=True)
            store = stack.enter_context(closing(KnowledgeStore.open(runs / "answers.db")))
            paid = tuple((PaidTeacher(teacher, store), price) for teacher, price in roles.teachers)
            roles = evolve(roles, teachers=paid)
        for each in (roles.student, *(teacher for teacher, _ in roles.teachers), roles.alone):
            if each is not None:
                stack.push_async_callback(each.close)
        yield roles


async def _filled(configured: Settings, proxy: CountingProxy | None) -> _Roles:
    student, teachers = build_student(configured), build_teachers(configured)
    alone: VllmStudent | None = None
    found: dict[str, Reached] = {}
    servers: dict[str, dict[str, Any]] = {}
    if isinstance(student, VllmStudent):
        # Its name is the address otherwise, and the proxy's is another one in every run.
        await student.prepare()
        found["student"] = await _reached("student", configured.student, student)
        manner = await student.manner()
        servers["student"] = await _served(configured.student, student) | {
            "asked_by": manner.style(whole_statement=True)
        }
    served = [teacher for teacher, _ in teachers if isinstance(teacher, VllmTeacher)]
    for teacher in served:
        await teacher.identify()
    if configured.teacher.base_url is not None:
        # The same server in the student's role: it answers alone, and knows how to ask what kind of server it is.
        in_its_place = build_student(evolve(configured, student=configured.teacher))
        assert isinstance(in_its_place, VllmStudent), "the teacher is on a server"
        alone = in_its_place
        found["teacher"] = await _reached("teacher", configured.teacher, alone)
        servers["teacher"] = await _served(configured.teacher, alone) | {"asked_by": "chat"}
    price = Price(configured.student.prompt_price, configured.student.completion_price)
    return _Roles(student, tuple(teachers), alone, price, Counting(proxy, found), bool(served), servers)


async def _reached(name: str, role: RoleSettings, student: VllmStudent) -> Reached:
    key = os.environ.get(role.api_key_env, "").strip() if role.api_key_env else ""
    return await reached(name, student, role.base_url or "", key or "none", role.max_tokens)


async def _served(role: RoleSettings, student: VllmStudent) -> dict[str, Any]:
    """How it is asked, and what its server says of itself."""
    traits = await student.traits()
    return {
        "model": student.name,
        "server": traits.kind,
        "server_version": traits.version,
        "window": await student.window(),
        "template": role.template,
        "max_tokens": role.max_tokens,
        "temperature": role.temperature,
        "timeout_seconds": role.timeout_seconds,
    }
