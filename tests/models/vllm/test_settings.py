import pytest

from understudy_knowledge.errors import BackendError, ConfigurationError
from understudy_knowledge.models.vllm import ServerSettings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1"),
        ("http://localhost:8000/", "http://localhost:8000/v1"),
        ("https://host/api/v3/", "https://host/api/v3"),
    ],
)
def test_a_bare_host_means_v1(given, kept):
    assert ServerSettings(given).base_url == kept


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://host", "http://", "http://[::1", "http://h:99999"]
)
def test_what_is_no_address_is_told(url):
    with pytest.raises(ConfigurationError, match=r"write it like http://127\.0\.0\.1:8000/v1"):
        ServerSettings(url)


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@host/v1", "http://host/v1?key=hunter2", "gopher://me:hunter2@host"]
)
def test_a_secret_in_the_address_is_refused_and_not_shown(url):
    with pytest.raises(ConfigurationError) as caught:
        ServerSettings(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"timeout": 0}, {"timeout": -1}, {"max_tokens": 0}, {"temperature": 9}, {"template": "fimm"}]
)
def test_values_that_make_no_sense_are_named(wrong):
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        ServerSettings("http://h", **wrong)


def test_the_key_comes_from_the_environment_and_stays_out_of_the_record(monkeypatch):
    monkeypatch.setenv("STUDENT_KEY", "hunter2")
    settings = ServerSettings("http://h", api_key_env="STUDENT_KEY")
    assert settings.api_key() == "hunter2"
    assert "hunter2" not in repr(settings)
    monkeypatch.setenv("STUDENT_KEY", "  ")
    with pytest.raises(BackendError, match="STUDENT_KEY is not set"):
        settings.api_key()
