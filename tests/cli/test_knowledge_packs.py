"""understudy knowledge export and import, through the real process."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def taught(understudy: "Run") -> "Run":
    assert understudy("distill", "--json").status == 0
    return understudy


def elsewhere(project: Path) -> Path:
    """The same project where nothing was learned."""
    other = project.parent / "other"
    shutil.copytree(project, other, ignore=shutil.ignore_patterns(".understudy"))
    return other


def test_lessons_travel_to_another_project_and_are_admitted_there_by_measurement(
    project: Path, taught: "Run"
) -> None:
    told = taught("knowledge", "export", "ours.pack", "--json").json
    assert told["cases"] >= 2
    assert told["signer"] is None
    other = elsewhere(project)
    refused = taught("knowledge", "import", "../shop/ours.pack", cwd=other)
    assert refused.status == 2
    assert "--allow-unsigned" in refused.sentence
    assert not (other / ".understudy").exists()
    first = taught("knowledge", "import", "../shop/ours.pack", "--allow-unsigned", "--json", cwd=other).json
    assert len(first["imported"]) == told["cases"]
    listed = taught("knowledge", "list", "--json", cwd=other).json
    assert {case["status"] for case in listed} == {"quarantined"}
    again = taught("knowledge", "import", "../shop/ours.pack", "--allow-unsigned", "--json", cwd=other).json
    assert again["imported"] == []
    taught("knowledge", "forget", first["imported"][0], cwd=other)
    again = taught("knowledge", "import", "../shop/ours.pack", "--allow-unsigned", "--json", cwd=other).json
    assert again["imported"] == []
    verified = taught("knowledge", "verify", "--json", cwd=other).json
    assert verified["measured"] == told["cases"] - 1
    statuses = {case["status"] for case in taught("knowledge", "list", "--json", cwd=other).json}
    assert "admitted" in statuses
    shown = taught("knowledge", "show", first["imported"][1], "--json", cwd=other).json
    assert (shown["provenance"]["known"], shown["provenance"]["signer"]) == (False, "")


def test_a_signed_pack_is_taken_from_whom_the_user_named(project: Path, taught: "Run") -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    (project / "public.key").write_bytes(public)
    told = taught("knowledge", "export", "ours.pack", "--sign-key", "PACK_KEY", "--json", PACK_KEY=pem)
    assert told.json["signer"].startswith("SHA256:")
    assert pem.splitlines()[1] not in told.stdout + (project / "ours.pack").read_text()
    other = elsewhere(project)
    said = taught("knowledge", "import", "ours.pack", "--signed-by", "public.key", "--json", cwd=other).json
    assert said["signer_known"]
    assert taught("distill", "--json", cwd=other).status == 0
    listed = {case["id"]: case for case in taught("knowledge", "list", "--json", cwd=other).json}
    assert all(listed[case_id]["lift"] is not None for case_id in said["imported"])
    data = (other / "ours.pack").read_bytes()
    (other / "ours.pack").write_bytes(data[:-20] + b" " + data[-20:])
    ran = taught("knowledge", "import", "ours.pack", "--signed-by", "public.key", cwd=other)
    assert (ran.status, "was changed after it was signed" in ran.sentence) == (2, True)


def test_what_cannot_be_written_or_read_is_one_sentence(project: Path, taught: "Run") -> None:
    assert "cannot be written" in taught("knowledge", "export", "no/such/folder/x.pack").sentence
    (project / "x.pack").write_text("not a pack")
    assert "is no knowledge pack" in taught("knowledge", "import", "x.pack", "--allow-unsigned").sentence
    assert "neither a file" in taught("knowledge", "export", "y.pack", "--sign-key", "NO_SUCH_KEY").sentence
    assert not (project / "y.pack").exists()
    assert not [path for path in project.iterdir() if path.name.startswith(".y.pack")]
