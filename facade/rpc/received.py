"""What a call brings: metadata that describe its caller, and requests."""

from collections.abc import Callable, Iterable

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from facade.caller import HEADERS
from facade.errors import Code, FacadeError, Reason


def wanted(metadata: Iterable[tuple[str, str | bytes]] | None) -> dict[str, list[str]]:
    """The metadata that describe a caller."""
    found: dict[str, list[str]] = {}
    for name, value in metadata or ():
        if name in HEADERS and isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


def parser(method: MethodDescriptor) -> Callable[[bytes], Message]:
    """Reads the method's request. grpc would tell the caller its own exception's text, so that this is done here."""
    from_string: Callable[[bytes], Message] = GetMessageClass(method.input_type).FromString

    def parse(raw: bytes) -> Message:
        try:
            return from_string(raw)
        except DecodeError:
            text = f"The request is not a {method.input_type.full_name}."
            raise FacadeError(Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST, text) from None

    return parse
