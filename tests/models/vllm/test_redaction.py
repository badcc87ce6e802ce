import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent
from understudy_knowledge.models.vllm.redaction import redact

MORE = (
    "ASIAIOSFODNN7EXAMPLE",
    "github_pat_" + "a1" * 25,
    "xoxb-0123456789-abc",
    "sk-" + "q" * 24,
    "AIza" + "S" * 35,
    f"eyJ{'a' * 12}.eyJ{'b' * 12}.{'c' * 12}",
)
NAMES = (
    "PASSWORD",
    "passwd",
    "Pwd",
    "client_secret",
    "TOKEN",
    "api_key",
    "accessKey",
    "private_key",
    "pa\u017f\u017fword",
)

SECRETS = {
    "AKIAIOSFODNN7EXAMPLE": "aws_key = AKIAIOSFODNN7EXAMPLE",
    "hunter2secret": "postgresql://ana:hunter2secret@db.example.com/shop",
    "abcdefghijklmnop1234": "Authorization: Bearer abcdefghijklmnop1234",
    "correct horse battery": 'DB_PASSWORD = "correct horse battery"',
    "ghp_0123456789abcdefghijklmnopqrstuvwx": "-- token ghp_0123456789abcdefghijklmnopqrstuvwx",
    "MIIEowIBAAKCAQEA": "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "s3cr3t-value": "{'api_key': 's3cr3t-value'}",
}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_of_a_known_shape_is_taken_out(secret):
    text = redact(f"SELECT 1;\n{SECRETS[secret]}\nSELECT 2;")
    assert secret not in text
    assert text.startswith("SELECT 1;\n")
    assert text.endswith("\nSELECT 2;")


@pytest.mark.parametrize("secret", MORE)
def test_a_key_is_taken_out_of_its_line(secret):
    assert redact(f"-- {secret} is the key") == "-- [redacted] is the key"


@given(
    st.sampled_from(NAMES), st.sampled_from(("=", ": ", " = ")), st.text("xyz019", min_size=4, max_size=40)
)
def test_what_is_assigned_to_a_telling_name_is_taken_out(name, sign, value):
    assert redact(f"{name}{sign}'{value}'") == f"{name}{sign}'[redacted]'"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT token_count FROM usage WHERE kind = 'password reset'",
        "-- sk-8 ski pass, bearer of news",
        "a://b/c:d",
    ],
)
def test_plain_code_stays_as_it_is(text):
    assert redact(text) == text


def test_lines_keep_their_numbers():
    key = SECRETS["MIIEowIBAAKCAQEA"]
    assert redact(key).count("\n") == key.count("\n")


@pytest.mark.parametrize(
    "hostile", ["password" * 20000, "a" * 200000, "://" + "a:" * 50000, "eyJ" * 60000, "-----BEGIN " * 9000]
)
def test_hostile_text_takes_no_time(hostile):
    started = time.process_time()
    redact(hostile)
    assert time.process_time() - started < 5


async def test_no_secret_of_the_file_reaches_the_server(server, catalog):
    settings = ServerSettings(server.base_url, timeout=2.0)
    server.says("1")
    student = VllmStudent(settings, Client(settings))
    above = "\n".join(SECRETS.values())
    await student.complete(
        StudentRequest(question=above, catalog=catalog, prefix="SELECT ", file_context=above)
    )
    await student.close()
    sent = str(server.bodies)
    assert not [secret for secret in SECRETS if secret in sent]
