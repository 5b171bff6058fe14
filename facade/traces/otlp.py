"""The wire format: spans as OTLP's protobuf (opentelemetry/proto/trace/v1/trace.proto), written field by field.

Whatever is the same for many spans is written once and joined as bytes: messages of the protobuf library would take
thirty times as long.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from struct import Struct

# The fields that each span has and whose length is known, each after its key: the ids of the trace and of the span,
# when it began and ended, its flags.
FIXED = Struct("<H16sH8sBQBQHI")
TRACE_ID, SPAN_ID, START, END, FLAGS = 0x100A, 0x0812, 7 << 3 | 1, 8 << 3 | 1, 0x0185
PARENT = b"\x22\x08"
LINK_FLAGS = Struct("<BI")
LOCAL, REMOTE = 0x100, 0x300  # beside the flags of W3C: it is known whether the parent is remote; and it is
SERVER, CLIENT, INTERNAL = 2, 3, 1
FAILED = b"\x7a\x02\x18\x02"  # Status{code: ERROR}; its message would be a sentence, which may repeat the caller's
LONGEST_VARINT = 10  # bytes
Value = str | int | Sequence[str]


def varint(number: int) -> bytes:
    """A number of at most 64 bits, seven of them a byte."""
    if number < 128:  # noqa: PLR2004 - it fits
        return number.to_bytes(1, "little")
    found = bytearray()
    while number >= 128:  # noqa: PLR2004 - as above
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def field(number: int, content: bytes) -> bytes:
    """A field that holds bytes, a text or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def text(number: int, content: str) -> bytes:
    """A field that holds a text."""
    return field(number, content.encode())


def any_value(value: Value) -> bytes:
    """An AnyValue's content."""
    if isinstance(value, str):
        return text(1, value)
    if isinstance(value, int):
        return b"\x18" + varint(value)
    return field(5, b"".join(field(1, any_value(each)) for each in value))


def attribute(name: str, value: Value, number: int = 9) -> bytes:
    """An attribute of a span, or of what has its attributes in another field."""
    return field(number, text(1, name) + field(2, any_value(value)))


def attributes(given: Mapping[str, Value], number: int = 9) -> bytes:
    """Several."""
    return b"".join(attribute(name, value, number) for name, value in given.items())


@lru_cache(maxsize=4096)
def described(name: str, kind: int, given: tuple[tuple[str, Value], ...] = ()) -> bytes:
    """What spans have in common that are of a kind: their name, their kind, and attributes."""
    return text(5, name) + b"\x30" + varint(kind) + attributes(dict(given))


def fixed(ids: bytes, start: int, end: int, flags: int) -> bytes:
    """`ids` are those of the trace, the span and, if there is one, its parent; times nanoseconds since 1970."""
    told = FIXED.pack(TRACE_ID, ids[:16], SPAN_ID, ids[16:24], START, start, END, end, FLAGS, flags)
    return told + PARENT + ids[24:] if len(ids) > 24 else told  # noqa: PLR2004 - as above


def span(content: bytes) -> bytes:
    """A span, with the key of its field."""
    length = len(content)
    if 128 <= length < 16384:  # noqa: PLR2004 - its length takes two bytes, as it does nearly always
        return bytes((0x12, length & 0x7F | 0x80, length >> 7)) + content
    return b"\x12" + varint(length) + content


def link(trace_id: str, span_id: str, flags: int) -> bytes:
    """A link to a span of ours, perhaps in another trace."""
    ids = field(1, bytes.fromhex(trace_id)) + field(2, bytes.fromhex(span_id))
    return field(13, ids + LINK_FLAGS.pack(6 << 3 | 5, flags | LOCAL))


def request(resource: bytes, spans: Sequence[bytes]) -> bytes:
    """An ExportTraceServiceRequest: `resource` as `resource_of` makes it, and spans with the key of their field."""
    length = len(SCOPE) + sum(map(len, spans))
    begun = resource + b"\x12" + varint(length) + SCOPE  # what follows is long, and copied once
    return b"".join((b"\x0a", varint(len(begun) - len(SCOPE) + length), begun, *spans))


def resource_of(given: Mapping[str, Value], schema_url: str) -> bytes:
    """Who tells of the spans, as the beginning of ResourceSpans."""
    return field(1, attributes(given, 1)) + text(3, schema_url)


SCOPE = field(1, text(1, "facade"))


def rejected(answer: bytes) -> int:
    """How many spans a collector says, in a successful answer, that it has not taken."""
    if answer[:1] != b"\x0a":  # partial_success
        return 0
    _, begin = number(answer, 1)
    if answer[begin : begin + 1] != b"\x08":  # rejected_spans, which comes first
        return 0
    return number(answer, begin + 1)[0]


def number(content: bytes, begin: int) -> tuple[int, int]:
    """The number that is written from `begin` on, and where it ends. What is cut short ends with the content."""
    found = 0
    for place, byte in enumerate(content[begin : begin + LONGEST_VARINT]):
        found |= (byte & 0x7F) << 7 * place
        if byte < 128:  # noqa: PLR2004 - as above
            return found, begin + place + 1
    return found, len(content)
