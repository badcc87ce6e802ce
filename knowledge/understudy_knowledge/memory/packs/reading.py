"""Opening a pack of a stranger. The order of the checks is the order of the calls: nothing is parsed before it is bounded."""

from attrs import frozen

from understudy_knowledge.memory.packs.characters import check_characters
from understudy_knowledge.memory.packs.contents import Pack, check_schema
from understudy_knowledge.memory.packs.envelope import (
    Signature,
    check_signature,
    check_size,
    open_envelope,
)
from understudy_knowledge.memory.packs.keys import PublicKey
from understudy_knowledge.memory.packs.strict_json import check_depth, parse_strictly


@frozen
class OpenedPack:
    """A pack whose form is sound; whether its cases are right only running them here can tell."""

    pack: Pack
    signature: Signature
    digest: str


def read_pack(data: bytes, *, trusted: PublicKey | None = None, allow_unsigned: bool = False) -> OpenedPack:
    """The pack in a file's bytes. Raises KnowledgePackError with the first check that it does not pass.

    What its code may do is not looked at here; see `teaching.importing`.
    """
    check_size(data)
    envelope = open_envelope(data)
    signature = check_signature(envelope, trusted, allow_unsigned=allow_unsigned)
    check_depth(envelope.contents)
    document = parse_strictly(envelope.contents)
    pack = check_schema(document)
    check_characters(document)
    return OpenedPack(pack, signature, envelope.digest)
