"""Bytes and metadata for each rpc that no client would send: no defect, an answer in time, and the next is served."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.fuzzed import DEFECTS, MADE_UP, serving
from tests.faces.rpc import METHODS
from tests.support import basic

TIME = 30.0  # seconds: a call that takes so long hangs
DEPTH = 3
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_STRING: st.text(max_size=20)
    | st.sampled_from(("a@example.com", "C-100", "..", "a/b", "\x00")),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=20) | st.sampled_from((b"{}", b'{"a": 1}', b"[]", b'{"a": 1e400}')),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_INT32: st.integers(-(2**31), 2**31 - 1) | st.integers(-2, 12),
    FieldDescriptor.TYPE_DOUBLE: st.floats(),
    FieldDescriptor.TYPE_ENUM: st.integers(0, 3),
}
VISIBLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
METADATA = st.lists(
    st.tuples(
        st.sampled_from(("x-request-id", "authorization", "cookie", "x-bpm-authorization", "x-other")),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
        | st.sampled_from(list(basic().values())),
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    with serving() as started, grpc.insecure_channel(started.grpc) as opened:
        yield opened


def fields(descriptor: Any, depth: int = DEPTH) -> st.SearchStrategy[dict[str, Any]]:
    """Some of a message's fields with values of their types."""
    each = {field.name: value(field, depth) for field in descriptor.fields if depth > 0 or field.message_type is None}
    return st.fixed_dictionaries({}, optional=each)


def value(field: Any, depth: int) -> st.SearchStrategy[Any]:
    """What a field may have."""
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        inner = value(message.fields_by_name["value"], depth - 1)
        return st.dictionaries(st.text(max_size=5), inner, max_size=2)
    one = SCALARS[field.type] if message is None else fields(message, depth - 1)
    return st.lists(one, max_size=3) if field.is_repeated else one


def requests(method: MethodDescriptor) -> st.SearchStrategy[bytes]:
    """A message of the method, whole, cut short or with a byte changed; or no message at all."""
    kind = GetMessageClass(method.input_type)
    made = fields(method.input_type).map(lambda given: filled(kind(), given).SerializeToString())
    cut = st.tuples(made, st.integers(0, 40)).map(lambda pair: pair[0][: pair[1]])
    changed = st.tuples(made, st.integers(0, 40), st.integers(0, 255)).map(lambda found: spoilt(*found))
    return st.binary(max_size=60) | made | cut | changed


def filled(message: Any, given: dict[str, Any]) -> Any:
    """The message with these fields."""
    for name, what in given.items():
        field, place = message.DESCRIPTOR.fields_by_name[name], getattr(message, name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key, each in what.items():
                filled(place[key], each)
        elif field.is_repeated:
            for each in what:
                if field.message_type is None:
                    place.append(each)
                else:
                    filled(place.add(), each)
        elif field.message_type is not None:
            place.SetInParent()
            filled(place, what)
        else:
            setattr(message, name, what)
    return message


def spoilt(raw: bytes, place: int, byte: int) -> bytes:
    """The bytes with one of them changed."""
    return raw[:place] + bytes([byte]) + raw[place + 1 :]


def called(channel: grpc.Channel, method: MethodDescriptor, raw: bytes, metadata: Any) -> str:
    """The code that a call with one message ends with."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    kinds: dict[tuple[bool, bool], Any] = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, True): channel.stream_stream,
    }
    call = kinds[method.client_streaming, method.server_streaming](path)
    try:
        answer = call(iter([raw]) if method.client_streaming else raw, metadata=metadata, timeout=TIME)
        for _ in answer if method.server_streaming else ():
            pass
    except grpc.RpcError as error:
        return str(error.code().name)
    return "OK"


@pytest.mark.case("H06")
@pytest.mark.parametrize("name", METHODS)
def test_any_message_is_answered(name: str, channel: grpc.Channel) -> None:
    method = METHODS[name]

    @MADE_UP
    @given(raw=requests(method))
    def check(raw: bytes) -> None:
        code = called(channel, method, raw, tuple(basic().items()))
        assert code not in DEFECTS | {"DEADLINE_EXCEEDED", "CANCELLED"}

    check()
    assert called(channel, METHODS["CheckHealth"], b"", ()) == "OK"


@pytest.mark.case("H09")
def test_any_metadata_are_answered(channel: grpc.Channel) -> None:
    @MADE_UP
    @given(metadata=METADATA)
    def check(metadata: list[tuple[str, str]]) -> None:
        code = called(channel, METHODS["GetUser"], b"\x0a\x0fapi@example.com", tuple(metadata))
        assert code in {"OK", "UNAUTHENTICATED", "PERMISSION_DENIED"}

    check()
