"""What the ledger keeps of each call: before it leaves, after it came back, without values and secrets, readable after a kill."""

import json
from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.exchanges import exchange
from understudy_knowledge.models.roles import TeacherRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.models.vllm.failures import ServerError
from understudy_knowledge.teaching.ledger import Errand, Ledger
from understudy_knowledge.teaching.ledger_book import read_ledger, sums
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.price import Price

URL = "http://127.0.0.1:1/v1/chat/completions"
PROMPT = "How many coffee orders in 2024?\nSELECT COUNT(*) FROM sales WHERE product = 'coffee' -- sk-abcdefghijklmnopqrstuvwx"
ERRAND = Errand("teacher", "large", "a plan", "e1", Price(1_000, 2_000), Usage(900, 90))


def ask(ledger: Ledger, answer: str = '{"code": "product = \'coffee\'"}') -> None:
    with (
        ledger.call(ERRAND),
        exchange(URL, {"messages": [{"role": "user", "content": PROMPT}]}) as reply,
    ):
        reply.text, reply.usage = answer, Usage(10, 5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "r.ledger.jsonl"


def test_a_call_is_told_with_where_it_went_what_it_took_and_what_it_cost(
    path: Path, catalog: Catalog
) -> None:
    ask(Ledger(path, catalog))
    (entry,) = read_ledger(path).entries
    assert (entry.role, entry.model, entry.server) == ("teacher", "large", URL)
    assert (entry.purpose, entry.example, entry.end) == ("a plan", "e1", "paid")
    assert (entry.usage, entry.money) == (Usage(10, 5), pytest.approx(0.02))


def test_values_are_masked_unless_they_are_wanted_and_secrets_always(path: Path, catalog: Catalog) -> None:
    ask(Ledger(path, catalog))
    ask(Ledger(path, catalog, values=True, number=1))
    masked, whole = read_ledger(path).entries
    assert "coffee" not in masked.prompt + masked.answer
    assert "2024" not in masked.prompt
    assert "FROM sales WHERE product = _" in masked.prompt
    assert json.loads(masked.answer).keys() == {"code"}
    assert "product = 'coffee'" in whole.prompt
    assert "product = 'coffee'" in whole.answer
    assert masked.sha256 == whole.sha256
    assert b"sk-abcdef" not in path.read_bytes()


def test_a_request_stands_there_before_it_leaves_and_counts_as_lost_until_it_is_answered(
    path: Path, catalog: Catalog
) -> None:
    ledger = Ledger(path, catalog)
    with ledger.call(ERRAND), exchange(URL, {"prompt": "q"}):
        (entry,) = read_ledger(path).entries
        assert (entry.end, entry.usage) == ("lost", Usage(900, 90))
        assert read_ledger(path).spent.calls == 1
    assert read_ledger(path).entries[0].end == "paid"


def test_what_a_server_refused_took_nothing_and_what_it_left_unanswered_may_have_taken_all(
    path: Path, catalog: Catalog
) -> None:
    ledger = Ledger(path, catalog)
    for kind in ("request", "slow"):
        with pytest.raises(BackendError), ledger.call(ERRAND), exchange(URL, {"prompt": "q"}):
            raise ServerError("no", kind)
    refused, slow = read_ledger(path).entries
    assert (refused.end, refused.usage) == ("failed", Usage())
    assert (slow.end, slow.usage) == ("lost", Usage(900, 90))


def test_a_line_that_a_kill_cut_short_harms_no_other(path: Path, catalog: Catalog) -> None:
    ask(Ledger(path, catalog))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        ask(Ledger(path, catalog, number=len(read_ledger(path).entries)))
        entries = read_ledger(path).entries
        assert entries[-1].end == "paid"
        assert len(entries) in (1, 2)


async def test_answers_kept_from_before_are_told_apart_from_those_that_are_paid_for(
    scripted_teacher, store, catalog: Catalog, make_example, path: Path
) -> None:
    paid = PaidTeacher(scripted_teacher, store, ledger=Ledger(path, catalog))
    request = TeacherRequest(make_example("q", "SELECT 1"), catalog)
    await paid.plan(request)
    await paid.plan(request)
    assert [entry.end for entry in read_ledger(path).entries] == ["here", "kept"]
    (only,) = sums(read_ledger(path).entries)
    assert (only.calls, only.kept, only.server) == (1, 1, "")
