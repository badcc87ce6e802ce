"""Servers other than vLLM, spoken for by a real socket that answers as their documentation and sources have it.

What only the real ones could show, such as how good their answers are, is not shown here.
"""

import attrs
import pytest
from aiohttp import web

from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent
from understudy_knowledge.models.vllm.manner import in_words

MIDDLES = {
    "qwen2.5-coder-1.5b": "<|fim_middle|>",
    "deepseek-coder-1.3b-base": "<｜fim▁end｜>",  # noqa: RUF001 - as it is written
    "starcoder2-3b": "<fim_middle>",
    "granite-3b-code-base": "<fim_middle>",
}


@pytest.fixture
async def student_on(server):
    built = []

    def build(**settings):
        chosen = ServerSettings(server.base_url, timeout=2.0, **settings)
        built.append(VllmStudent(chosen, Client(chosen)))
        return built[-1]

    yield build
    for student in built:
        await student.close()


@pytest.fixture
def at_cursor(catalog):
    return StudentRequest("Paid orders?", catalog, "SELECT ", " FROM orders", max_tokens=40)


def serve(server, *, owner, **model):
    server.models = [{"id": "student", "object": "model", "owned_by": owner, **model}]
    server.says("1")


async def test_vllm_says_its_version_its_window_and_what_a_name_stands_for(server, student_on, at_cursor):
    serve(server, owner="vllm", max_model_len=2048, root="Qwen/Qwen2.5-Coder-1.5B")
    server.pages = {"/version": {"version": "0.32.0"}}
    server.count = lambda text: 1 if text.startswith("<|") else len(text) // 3
    student = student_on()
    await student.complete(at_cursor)
    traits, manner = await student.traits(), await student.manner()
    assert (traits.kind, traits.version, await student.window()) == ("vLLM", "0.32.0", 2048)
    assert (manner.at_cursor, manner.checked) == ("fim", True)
    assert server.bodies[0]["prompt"].endswith("<|fim_middle|>")


async def test_llama_cpp_says_its_window_in_its_properties(server, student_on, at_cursor):
    serve(server, owner="llamacpp", meta={"n_ctx_train": 32768})
    server.pages = {
        "/props": {
            "default_generation_settings": {"n_ctx": 1024, "params": {}},
            "total_slots": 4,
            "build_info": "b6000-abc",
        }
    }
    student = student_on(template="qwen")
    await student.complete(attrs.evolve(at_cursor, max_tokens=700))
    assert ((await student.traits()).kind, await student.window()) == ("llama.cpp", 1024)
    assert server.bodies[0]["max_tokens"] == 512


async def test_llama_cpps_tokenizer_is_asked_in_its_own_words(server, student_on, at_cursor):
    serve(server, owner="llamacpp")
    server.pages = {"/props": {"default_generation_settings": {"n_ctx": 4096}}}
    server.count = lambda text: 1
    manner = await student_on(template="qwen").manner()
    assert manner.checked is True
    body = server.counted[-1]
    assert body["content"] == body["prompt"] == "<|fim_middle|>"
    assert body["parse_special"] is True
    assert body["add_special"] is False


async def test_ollama_gets_the_suffix_beside_the_prompt_and_no_marks_for_it_writes_them(
    server, student_on, at_cursor
):
    serve(server, owner="library")
    server.models[0]["id"] = "qwen2.5-coder:1.5b"
    server.pages = {
        "/api/version": {"version": "0.12.5"},
        "/api/ps": {"models": [{"name": "qwen2.5-coder:1.5b", "context_length": 8192}]},
    }
    student = student_on()
    assert (await student.complete(at_cursor)).text == "1"
    assert ((await student.traits()).kind, await student.window()) == ("Ollama", 8192)
    body = server.bodies[0]
    assert body["suffix"] == " FROM orders"
    assert body["prompt"].endswith("SELECT ")
    assert "<|fim" not in body["prompt"]


async def test_ollama_is_given_no_longer_prompt_than_it_keeps(server, student_on, at_cursor):
    serve(server, owner="library")
    server.pages = {"/api/version": {"version": "0.12.5"}}
    student = student_on(template="qwen")
    long = attrs.evolve(at_cursor, file_context="SELECT 1;\n" * 5000, prefix="SELECT a, " * 5000)
    await student.complete(long)
    assert await student.window() == 4096
    assert len(server.bodies[0]["prompt"]) < 3 * 4096


async def test_a_model_that_ollama_cannot_fill_in_with_is_asked_in_another_way_from_then_on(
    server, student_on, at_cursor
):
    serve(server, owner="library")
    server.models[0]["id"] = "codellama:7b-instruct"
    server.pages = {"/api/version": {"version": "0.5.7"}}

    async def handler(request):
        if "suffix" in await request.json():
            message = "registry.ollama.ai/library/codellama:7b-instruct does not support insert"
            return web.json_response({"error": {"message": message, "type": "api_error"}}, status=400)
        server.says("```sql\nSELECT 1 FROM orders\n```", chat=True)
        return await server.handler(request)

    server.handler = handler
    student = student_on()
    assert (await student.complete(at_cursor)).text == "1 FROM orders"
    await student.complete(at_cursor)
    assert server.paths == ["/v1/completions", "/v1/chat/completions", "/v1/chat/completions"]
    assert server.bodies[1]["reasoning_effort"] == "none"


async def test_sglang_is_known_by_its_models_and_counts_as_vllm_does(server, student_on, at_cursor):
    serve(server, owner="sglang", max_model_len=4096)
    server.count = lambda text: 1
    student = student_on(template="qwen")
    await student.complete(at_cursor)
    assert ((await student.traits()).kind, await student.window()) == ("SGLang", 4096)
    assert (await student.manner()).checked is True


async def test_a_hosted_model_that_only_converses_is_not_asked_to_fill_in_twice(
    server, student_on, at_cursor
):
    serve(server, owner="system")

    async def handler(request):
        if request.path == "/v1/completions":
            message = "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?"
            return web.json_response({"error": {"message": message}}, status=404)
        server.says("```sql\nSELECT 1\n```", chat=True)
        return await server.handler(request)

    server.handler = handler
    student = student_on()
    assert (await student.complete(at_cursor)).text == "1"
    await student.complete(at_cursor)
    assert server.paths == ["/v1/completions", "/v1/chat/completions", "/v1/chat/completions"]


async def test_a_hosted_server_that_is_strict_gets_only_what_it_takes_after_one_refusal(
    server, student_on, at_cursor
):
    serve(server, owner="system")
    takes = {"model", "messages", "max_completion_tokens", "stream", "stream_options"}
    refused = []

    async def handler(request):
        body = await request.json()
        for name, message in (
            ("priority", "Unrecognized request argument supplied: priority"),
            ("chat_template_kwargs", "Unrecognized request argument supplied: chat_template_kwargs"),
            (
                "max_tokens",
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            ),
            (
                "temperature",
                "Unsupported value: 'temperature' does not support 0.0 with this model. Only the default (1) value is supported.",
            ),
        ):
            if name in body:
                refused.append(name)
                return web.json_response({"error": {"message": message}}, status=400)
        assert set(body) <= takes
        server_says = server.handler
        server.says("```sql\nSELECT 1\n```", chat=True)
        answer = await server.handler(request)
        server.handler = server_says
        return answer

    server.handler = handler
    student = student_on(template="chat")
    for _ in range(3):
        assert (await student.complete(at_cursor)).text == "1"
    assert len(refused) == len(set(refused)) == 4
    assert len(server.bodies) == 4 + 3


@pytest.mark.parametrize(
    "answer",
    [
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "priority"], "msg": "Extra inputs are not permitted"}]},
        {"message": {"detail": [{"loc": ["body", "priority"], "msg": "Extra inputs are not permitted"}]}},
        {"error": {"message": "unknown field in request body"}},
    ],
)  # fmt: skip
async def test_a_refusal_is_understood_however_it_is_worded(server, student_on, at_cursor, answer):
    serve(server, owner="someone")
    says = server.handler

    async def handler(request):
        if "priority" in await request.json():
            return web.json_response(answer, status=422)
        return await says(request)

    server.handler = handler
    student = student_on(template="qwen")
    for _ in range(2):
        assert (await student.complete(at_cursor)).text == "1"
    assert ["priority" in body for body in server.bodies] == [True, False, False]


async def test_a_server_that_shows_nothing_of_itself_is_taken_as_it_is(server, student_on, at_cursor):
    server.models = [{"id": "student"}]
    server.says("1")
    student = student_on(template="qwen")
    assert (await student.complete(at_cursor)).text == "1"
    assert ((await student.traits()).kind, await student.window()) == ("OpenAI-compatible", None)
    assert "not checked, for the server has no /tokenize" in in_words(await student.manner())


@pytest.mark.parametrize(
    "page", [{"version": 3}, {"version": ["0.1"]}, {"default_generation_settings": "x", "version": "a\nb"}]
)
async def test_pages_that_make_no_sense_say_nothing(server, student_on, at_cursor, page):
    server.pages = dict.fromkeys(("/version", "/props", "/api/version", "/api/ps"), page)
    server.says("1")
    assert (await student_on(template="qwen").complete(at_cursor)).text == "1"


@pytest.mark.parametrize("model", MIDDLES)
async def test_the_model_that_is_served_decides_the_marks(server, student_on, at_cursor, model):
    server.models = [{"id": model}]
    server.says("1")
    await student_on().complete(at_cursor)
    assert server.bodies[0]["prompt"].endswith(MIDDLES[model])


async def test_a_model_whose_tokenizer_takes_the_marks_apart_is_not_asked_to_fill_in(
    server, student_on, at_cursor
):
    server.models = [{"id": "qwen2.5-coder-1.5b"}]
    server.count = lambda text: 7
    server.says("1")
    student = student_on()
    await student.complete(at_cursor)
    assert "<|fim" not in server.bodies[0]["prompt"]
    assert "takes fill-in-the-middle marks apart" in in_words(await student.manner())


async def test_what_is_configured_is_obeyed_even_then_and_the_doctor_can_tell(server, student_on, at_cursor):
    server.count = lambda text: 7
    server.says("1")
    student = student_on(template="deepseek")
    await student.complete(at_cursor)
    assert server.bodies[0]["prompt"].endswith(MIDDLES["deepseek-coder-1.3b-base"])
    assert "deepseek family, which its tokenizer takes apart" in in_words(await student.manner())


async def test_code_llamas_marks_are_spelled_as_its_tokenizer_has_them(server, student_on, at_cursor):
    server.models = [{"id": "codellama/CodeLlama-7b-hf"}]
    server.count = lambda text: 1 if text in ("▁<PRE>", "▁<SUF>", "▁<MID>") else 4
    server.says("1")
    await student_on().complete(at_cursor)
    assert server.bodies[0]["prompt"].startswith("▁<PRE> ")
    assert server.bodies[0]["prompt"].endswith("▁<SUF> FROM orders▁<MID>")
