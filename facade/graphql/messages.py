"""What a client may say over a WebSocket of `graphql-transport-ws`, and how a connection that says more is closed.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facade.caller import HEADERS
from facade.errors import FacadeError
from facade.graphql.guard import ClientGoneError
from facade.graphql.json_text import read_json
from facade.graphql.request import TIMEOUT, GraphQLRequest, parameters

LONGEST_REASON = 123  # bytes that a close frame has room for
GIVEN_AT_INIT = frozenset({*HEADERS, TIMEOUT} - {"cookie"})


@dataclass(frozen=True, slots=True)
class End:
    """Why a connection is closed, as a close frame says it."""

    code: int
    reason: str


NOT_ACCEPTABLE = End(4406, "Subprotocol not acceptable")
TOO_SLOW = End(4408, "Connection initialisation timeout")
DEFECT = End(4500, "Internal server error")
GOING_AWAY = End(1001, "The facade is shutting down.")
# 1001 as well: clients of graphql-ws take it for no error and connect again, a lazy one when it has an operation.
IDLE = End(1001, "No operation has run for as long as an idle connection is kept.")


class ProtocolError(Exception):
    """The client does not keep to the protocol.

    Attributes:
        end: how the connection is to be closed.

    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.end = End(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))


async def read_message(event: Mapping[str, Any]) -> dict[str, Any]:
    """The message in an ASGI event. ClientGoneError if it is the connection's end."""
    if event["type"] == "websocket.disconnect":
        raise ClientGoneError
    try:
        message = await read_json((event.get("text") or "").encode())
    except FacadeError:
        raise ProtocolError(4400, "A message must be a JSON text.") from None
    if not isinstance(message, dict):
        raise ProtocolError(4400, "A message must be a JSON object.")
    return message


def optional_payload(message: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of a message that may have none."""
    payload = message.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise ProtocolError(4400, "The payload must be an object.")
    return payload


def subscribe_payload(payload: Any) -> GraphQLRequest:
    """The request in the payload of a subscribe message."""
    try:
        return parameters(payload)
    except FacadeError as error:
        raise ProtocolError(4400, error.message) from None


def headers_in(payload: Mapping[str, Any]) -> dict[str, list[str]]:
    """The headers that connection_init gives, since browsers cannot set any in the handshake."""
    given = {name.lower(): [value] for name, value in payload.items() if isinstance(value, str)}
    return {name: value for name, value in given.items() if name in GIVEN_AT_INIT}
