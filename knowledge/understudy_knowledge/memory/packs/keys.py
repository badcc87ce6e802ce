"""Ed25519 keys (RFC 8032) as people have them: PEM files, and what `ssh-keygen -t ed25519` writes."""

import base64
import hashlib
from types import ModuleType
from typing import Any

from attrs import frozen

from understudy_knowledge.errors import ConfigurationError


@frozen
class PublicKey:
    """The 32 bytes that a signature is checked with."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """A short name for it, as people compare keys."""
        digest = hashlib.sha256(self.raw).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


@frozen
class SigningKey:
    """A private key; its bytes are never shown."""

    _key: Any

    @property
    def public(self) -> PublicKey:
        """The other half."""
        return PublicKey(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        signature: bytes = self._key.sign(message)
        return signature


def read_signing_key(text: bytes, where: str) -> SigningKey:
    """The private key in a PEM or OpenSSH file's text. Raises ConfigurationError; the message never quotes the text."""
    crypto = _cryptography()
    load = (
        crypto.serialization.load_ssh_private_key
        if b"OPENSSH PRIVATE KEY" in text
        else crypto.serialization.load_pem_private_key
    )
    try:
        key = load(text, password=None)
    except Exception:  # the library says it in many ways, and some quote what they read
        key = None
    if not isinstance(key, crypto.ed25519.Ed25519PrivateKey):
        raise ConfigurationError(
            f"{where} holds no unencrypted Ed25519 private key; `openssl genpkey -algorithm ed25519` makes one"
        )
    return SigningKey(key)


def read_public_key(text: bytes, where: str) -> PublicKey:
    """The public key in a PEM file's text, or in a line of the form `ssh-ed25519 …`. Raises ConfigurationError."""
    crypto = _cryptography()
    text = text.strip()
    load = (
        crypto.serialization.load_ssh_public_key
        if text.startswith(b"ssh-")
        else crypto.serialization.load_pem_public_key
    )
    try:
        key = load(text)
    except Exception:
        key = None
    if not isinstance(key, crypto.ed25519.Ed25519PublicKey):
        raise ConfigurationError(
            f"{where} holds no Ed25519 public key; `openssl pkey -in KEY -pubout` writes the one of a private key"
        )
    return PublicKey(key.public_bytes_raw())


def signed_by(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's, of this very message."""
    crypto = _cryptography()
    try:
        crypto.ed25519.Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
    except (crypto.InvalidSignature, ValueError):
        return False
    return True


def _cryptography() -> Any:
    # Imported on first use, and only here: unsigned packs need no such library.
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise ConfigurationError(
            'signatures need the package cryptography; run `pip install "understudy[signatures]"`'
        ) from None
    found = ModuleType("cryptography for packs")
    found.__dict__.update(InvalidSignature=InvalidSignature, serialization=serialization, ed25519=ed25519)
    return found
