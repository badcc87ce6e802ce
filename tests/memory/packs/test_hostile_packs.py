"""A pack of a stranger: each check turns away what it is there for, and nothing but our own sentence comes out."""

import base64
import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.errors import ConfigurationError, KnowledgePackError
from understudy_knowledge.memory.packs.contents import Pack, PackedCase, to_bytes
from understudy_knowledge.memory.packs.envelope import LARGEST, seal
from understudy_knowledge.memory.packs.keys import (
    PublicKey,
    SigningKey,
    read_public_key,
    read_signing_key,
)
from understudy_knowledge.memory.packs.reading import OpenedPack, read_pack
from understudy_knowledge.memory.packs.strict_json import DEEPEST
from understudy_knowledge.memory.records import Hole, Lift, Origin, Plan, Step

HEAD = b"understudy-pack 1 unsigned\n"


def make_pack() -> Pack:
    hole = Hole("h1", "table", "orders", "orders", pinned=None, filled="orders")
    plan = Plan("How many?", (Step("count", "SELECT COUNT(*) FROM :h1", "from", (hole,)),), "SELECT …")
    case = PackedCase(
        "How many?",
        plan,
        "SELECT COUNT(*) FROM orders",
        "Only this project knows.",
        Origin("a.sql", 3),
        "embedded",
        "2026-01-01T00:00:00+00:00",
        lift=Lift(0.5, 0.25, 4),
    )
    return Pack((case,), "2026-01-01T00:00:00+00:00", "v1")


def document() -> dict[str, Any]:
    return json.loads(to_bytes(make_pack()))


def opened(contents: bytes) -> OpenedPack:
    return read_pack(HEAD + contents, allow_unsigned=True)


def refused(data: bytes, words: str, **options: Any) -> None:
    with pytest.raises(KnowledgePackError, match=words):
        read_pack(data, **{"allow_unsigned": True, **options})


@pytest.fixture
def key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())


def test_a_pack_comes_back_as_it_was_written() -> None:
    assert opened(to_bytes(make_pack())).pack == make_pack()


def test_a_file_larger_than_any_pack_is_not_looked_into() -> None:
    refused(HEAD + b" " * LARGEST, "larger than")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"PK\x03\x04 an archive",
        b"\x80\x04\x95 a pickle",
        b"understudy-pack 2 unsigned\n{}",
        b"understudy-pack 1\n{}",
        b"understudy-pack 1 unsigned",
        b"understudy-pack 1 ed25519 x y\n{}",
        b"understudy-pack 1 rsa AAAA AAAA\n{}",
        b"understudy-pack 1 unsigned ed25519\n{}",
    ],
)
def test_what_is_no_pack_is_turned_away_at_its_first_line(data: bytes) -> None:
    refused(data, "it is no knowledge pack|its first line")


def test_an_unsigned_pack_needs_an_explicit_choice() -> None:
    refused(HEAD + to_bytes(make_pack()), "nobody signed it.*--allow-unsigned", allow_unsigned=False)


def test_a_signed_pack_is_known_only_by_the_key_that_the_reader_named(key: SigningKey) -> None:
    data = seal(to_bytes(make_pack()), key)
    assert read_pack(data, trusted=key.public).signature.known
    refused(data, "signed by SHA256:.*--signed-by", allow_unsigned=False)
    by_anyone = read_pack(data, allow_unsigned=True).signature
    assert (by_anyone.key, by_anyone.known) == (key.public, False)
    other = SigningKey(Ed25519PrivateKey.generate())
    refused(data, "not by the given key", trusted=other.public)
    refused(HEAD + to_bytes(make_pack()), "nobody signed it", trusted=key.public)


def test_a_changed_byte_breaks_the_signature_whoever_is_allowed(key: SigningKey) -> None:
    data = seal(to_bytes(make_pack()), key)
    refused(data.replace(b"COUNT", b"count", 1), "was changed after it was signed")
    line, _, contents = data.partition(b"\n")
    words = line.split(b" ")
    words[-1] = base64.b64encode(bytes(64))
    refused(b" ".join(words) + b"\n" + contents, "was changed after it was signed")


def test_a_signature_made_for_something_else_is_none_of_a_pack(key: SigningKey) -> None:
    contents = to_bytes(make_pack())
    words = (
        b"understudy-pack 1 ed25519",
        base64.b64encode(key.public.raw),
        base64.b64encode(key.sign(contents)),
    )
    refused(b" ".join(words) + b"\n" + contents, "was changed after it was signed")


def test_keys_are_read_as_people_have_them_and_never_quoted() -> None:
    private = Ed25519PrivateKey.generate()
    plain = serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    ssh = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, plain)
    public = PublicKey(private.public_key().public_bytes_raw())
    assert read_signing_key(pem, "k").public == read_signing_key(ssh, "k").public == public
    openssh = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    spki = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert read_public_key(openssh + b" me@here\n", "k") == read_public_key(spki, "k") == public
    for text in (b"not a key: hunter2", pem[:80], b""):
        with pytest.raises(ConfigurationError, match="holds no unencrypted Ed25519") as caught:
            read_signing_key(text, "k")
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_turned_away_before_any_parser_sees_it(opening: bytes) -> None:
    refused(HEAD + opening * 100_000, f"nested deeper than {DEEPEST}")


def test_brackets_in_texts_are_no_nesting() -> None:
    told = document()
    told["cases"][0]["explanation"] = '[{"' * 500 + "\\"
    assert opened(json.dumps(told).encode()).pack.cases[0].explanation.startswith("[{")


@pytest.mark.parametrize(
    ("json_text", "words"),
    [
        (b'{"cases": [], "cases": [], "created": ""}', "same key twice"),
        (b'{"cases": [], "created": NaN}', "NaN"),
        (b'{"cases": [], "created": -Infinity}', "Infinity"),
        (b'{"cases": [], "created": 1e999}', "no float can hold"),
        (b'{"cases": [], "created": ' + b"9" * 5000 + b"}", "more digits"),
        (b'{"cases": [], "created": 9007199254740993}', "more digits"),
        (b'{"cases": [], "created": "\xff"}', "not JSON in UTF-8"),
        (b"{'cases': []}", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_json_that_two_readers_might_read_differently_is_refused(json_text: bytes, words: str) -> None:
    refused(HEAD + json_text, words)


def _with(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    told = document()
    place = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return told


CASE = ("cases", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("extra",), 1),
        ((*CASE, "status"), "admitted"),
        ((*CASE, "id"), "c1"),
        ((*CASE, "provenance"), None),
        ((*CASE, "plan", "steps", 0, "holes", 0, "run"), "rm"),
        ((*CASE, "question"), 5),
        ((*CASE, "question"), None),
        ((*CASE, "code"), ["SELECT 1"]),
        ((*CASE, "plan", "steps"), "abc"),
        ((*CASE, "plan", "notes"), {"a": 1}),
        ((*CASE, "plan"), []),
        ((*CASE, "language"), "bash"),
        ((*CASE, "origin", "line"), True),
        ((*CASE, "origin", "line"), "3"),
        ((*CASE, "lift", "with_lesson"), 7.5),
        ((*CASE, "lift"), "much"),
        ((*CASE, "question"), "x" * 200_000),
        (("cases",), {}),
    ],
)
def test_whatever_the_schema_does_not_know_is_refused(path: tuple[Any, ...], value: Any) -> None:
    refused(HEAD + json.dumps(_with(path, value)).encode(), "not those of a pack|is none")


def test_a_case_that_would_take_minutes_to_measure_is_refused() -> None:
    steps = document()["cases"][0]["plan"]["steps"]
    for path, value in (((*CASE, "question"), "word " * 1000), ((*CASE, "plan", "steps"), steps * 100)):
        refused(HEAD + json.dumps(_with(path, value)).encode(), "longer than any")


@pytest.mark.parametrize(
    "hidden",
    [
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\U000e0041",
        "\ufe0f",
        "\u3164",
        "\x00",
        "\x1b",
        "\ud800",
        "\ue000",
        "\u2028",
    ],
)
@pytest.mark.parametrize("field", ["question", "code", "explanation"])
def test_a_character_that_nobody_sees_is_refused(hidden: str, field: str) -> None:
    refused(HEAD + json.dumps(_with((*CASE, field), f"a{hidden}b")).encode(), "hidden character U\\+")


def test_writing_that_people_see_passes() -> None:
    text = "Umsätze für 東京, ¿cuántos? «да»\n\t“x” 😀"
    assert opened(json.dumps(_with((*CASE, "question"), text)).encode()).pack.cases[0].question == text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_pack_or_our_own_error(data: bytes) -> None:
    for whole in (data, HEAD + data):
        with pytest.raises(KnowledgePackError):
            read_pack(whole, allow_unsigned=True)


@given(value=_JSON, place=st.integers(0, 200))
@settings(max_examples=400, deadline=None)
def test_any_value_in_any_place_is_a_pack_or_our_own_error(value: Any, place: int) -> None:
    told = deepcopy(document())
    paths = list(_paths(told))
    path = paths[place % len(paths)]
    data = HEAD + json.dumps(_with(path, value)).encode()
    with suppress(KnowledgePackError):
        read_pack(data, allow_unsigned=True)


def _paths(value: Any, above: tuple[Any, ...] = ()):
    if above:
        yield above
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from _paths(inner, (*above, name))
