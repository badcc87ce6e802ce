"""The outside of a pack: its size, and the first line, which says who signed what follows. Nothing inside is parsed here.

The first line is `understudy-pack 1 unsigned`, or `understudy-pack 1 ed25519 KEY SIGNATURE`, both in base64 of the raw bytes.
"""

import base64
import binascii
import hashlib

from attrs import frozen

from understudy_knowledge.errors import KnowledgePackError
from understudy_knowledge.memory.packs.keys import PublicKey, SigningKey, signed_by

LARGEST = 16 * 1024 * 1024
"""Bytes of a whole pack: some ten thousand cases."""
_NAME = b"understudy-pack 1"
_LONGEST_LINE = 400


@frozen
class Signature:
    """Who signed a pack: the key, and whether the reader named it. A signature proves origin, not correctness."""

    key: PublicKey | None = None
    known: bool = False


@frozen
class Envelope:
    """A pack that is not opened yet."""

    contents: bytes
    key: PublicKey | None
    signature: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the contents."""
        return hashlib.sha256(self.contents).hexdigest()


def check_size(data: bytes) -> None:
    """Raises KnowledgePackError for a file larger than any pack."""
    if len(data) > LARGEST:
        raise KnowledgePackError(
            f"it is larger than {LARGEST // 1024 // 1024} MB; export fewer cases to a pack"
        )


def open_envelope(data: bytes) -> Envelope:
    """The pack behind its first line. Raises KnowledgePackError for what is no pack."""
    line, found, contents = data[: _LONGEST_LINE + 1].partition(b"\n")
    if not found or not line.startswith(_NAME):
        raise KnowledgePackError("it is no knowledge pack, or one of a newer Understudy")
    contents = data[len(line) + 1 :]
    words = line[len(_NAME) :].split(b" ")[1:]
    if words == [b"unsigned"]:
        return Envelope(contents, None, b"")
    if len(words) != 3 or words[0] != b"ed25519":
        raise KnowledgePackError("its first line says neither who signed it nor that nobody did")
    return Envelope(contents, PublicKey(_decoded(words[1], 32)), _decoded(words[2], 64))


def check_signature(envelope: Envelope, trusted: PublicKey | None, *, allow_unsigned: bool) -> Signature:
    """Who signed the pack. Raises KnowledgePackError where the signature is broken, or the signer is not the one expected.

    Without a trusted key whoever signed is nobody known: such a pack, like an unsigned one, must be allowed explicitly.
    """
    if envelope.key is not None and not signed_by(
        envelope.key, _signed(envelope.contents), envelope.signature
    ):
        raise KnowledgePackError(
            "its signature does not fit its contents: it was changed after it was signed"
        )
    if trusted is not None:
        if envelope.key is None:
            raise KnowledgePackError("nobody signed it, and a signature of the given key was expected")
        if envelope.key != trusted:
            raise KnowledgePackError(
                f"it is signed by {envelope.key.fingerprint}, not by the given key {trusted.fingerprint}"
            )
        return Signature(envelope.key, known=True)
    if not allow_unsigned:
        who = f"it is signed by {envelope.key.fingerprint}" if envelope.key else "nobody signed it"
        raise KnowledgePackError(
            f"{who}; name the key that you expect with --signed-by, or take it from anyone with --allow-unsigned"
        )
    return Signature(envelope.key)


def seal(contents: bytes, key: SigningKey | None) -> bytes:
    """The whole pack, signed where there is a key."""
    if key is None:
        return _NAME + b" unsigned\n" + contents
    public, signature = key.public.raw, key.sign(_signed(contents))
    words = (_NAME, b"ed25519", base64.b64encode(public), base64.b64encode(signature))
    return b" ".join(words) + b"\n" + contents


def _signed(contents: bytes) -> bytes:
    # With the name before it, so that no signature made for something else is one of a pack.
    return _NAME + b"\n" + contents


def _decoded(text: bytes, length: int) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != length:
        raise KnowledgePackError("its first line holds no Ed25519 key and signature")
    return raw
