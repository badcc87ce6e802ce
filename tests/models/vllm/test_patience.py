"""An exploration waits for a busy server as long as it asks; who types does not."""

import attrs
import pytest
from aiohttp import web

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.roles import StudentRequest, TeacherRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent, VllmTeacher


def busy_first(server, times, **headers):
    """The server is busy so many times, and then as it was."""
    well, left = server.handler, times

    async def handler(request):
        nonlocal left
        if left:
            left -= 1
            return web.json_response({"error": {"message": "slow down"}}, status=429, headers=headers)
        return await well(request)

    server.handler = handler


@pytest.fixture
async def student(server):
    settings = ServerSettings(server.base_url, template="fim", timeout=2.0)
    student = VllmStudent(settings, Client(settings))
    yield student
    await student.close()


@pytest.fixture
def attempt(catalog):
    return StudentRequest("Paid orders?", catalog, purpose="attempt")


async def test_an_attempt_is_made_once_the_server_is_ready_for_it(server, student, attempt):
    server.says("SELECT 1")
    busy_first(server, 3, **{"Retry-After": "0"})
    assert (await student.complete(attempt)).text == "SELECT 1"
    assert len(server.bodies) == 4


async def test_a_server_that_stays_busy_is_told(server, student, attempt):
    server.says("SELECT 1")
    busy_first(server, 99, **{"Retry-After": "0"})
    with pytest.raises(BackendError, match="too many requests"):
        await student.complete(attempt)
    assert len(server.bodies) == 4


async def test_nobody_waits_for_ten_minutes(server, student, attempt):
    busy_first(server, 99, **{"Retry-After": "600"})
    with pytest.raises(BackendError, match="too many requests"):
        await student.complete(attempt)
    assert len(server.bodies) == 1


async def test_ghost_text_does_not_wait(server, student, attempt):
    busy_first(server, 99, **{"Retry-After": "0"})
    with pytest.raises(BackendError, match="too many requests"):
        await student.complete(attrs.evolve(attempt, purpose="ghost"))
    assert len(server.bodies) == 1


async def test_a_plan_is_asked_for_again(server, example, catalog):
    server.answers(
        '{"steps": [{"purpose": "p", "clause": "select", "code": "SELECT 1", "holes": []}], "skeleton": "s", "notes": []}'
    )
    busy_first(server, 2, **{"Retry-After": "0"})
    settings = ServerSettings(server.base_url, timeout=2.0)
    teacher = VllmTeacher(settings, Client(settings))
    assert (await teacher.plan(TeacherRequest(example, catalog))).plan.skeleton == "s"
    await teacher.close()
