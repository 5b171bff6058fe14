"""The operations that are measured, on both faces, each request with credentials of one of 100 callers."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from benchmarks import http1, http2
from benchmarks.answers import LIST, PART, user
from benchmarks.load import Wire
from facade.v1 import provisioning_pb2, publish_pb2

CALLERS = ["Basic " + b64encode(f"caller{number}@example.com:secret".encode()).decode() for number in range(100)]
EVENT = {
    "parameterCategory": "cpu",
    "parameterType": "cpu",
    "parameterName": "cpu",
    "severity": "4",
    "description": "cpu issue",
    "entity": "host-1",
    "envCustomerId": "C-100",
    "eventId": "1",
    "firstOccurrence": "2024-04-16T12:01:00.254Z",
}
MAIL = "user007@example.com"
SENTENCE = "Data published successfully"
ANSWERS: dict[str, type[Message]] = {
    "PublishEvent": publish_pb2.PublishEventResponse,
    "GetUser": provisioning_pb2.GetUserResponse,
    "ListUsers": provisioning_pb2.ListUsersResponse,
}
Direct = tuple[str, str, bytes]
FLAGS = ("accountAdmin", "developer", "endUser", "operator", "tester")
NAMES = ("mail", "cn", "sn")


@dataclass(frozen=True)
class Operation:
    """An operation.

    Attributes:
        face: "gRPC" or "GraphQL".
        name: as the face has it.
        direct: the method, path and body of the upstream's own call.
        wire: makes a connection's protocol.
        requests: one for each caller.
        read: an answer's body as plain data.
        expected: what that data is to be.

    """

    face: str
    name: str
    direct: Direct
    wire: Callable[[], Wire]
    requests: Sequence[Any]
    read: Callable[[bytes], object]
    expected: object


def rpc(service: str, name: str, message: Message, expected: dict[str, object], direct: Direct) -> Operation:
    """A unary rpc."""
    path = f"/facade.v1.{service}/{name}"
    requests = [http2.call(path, caller, message.SerializeToString()) for caller in CALLERS]
    answer = ANSWERS[name]

    def read(body: bytes) -> object:
        told = MessageToDict(answer.FromString(body[http2.PREFIX :]), always_print_fields_with_no_presence=True)
        return {name: told.get(name) for name in expected}

    return Operation("gRPC", name, direct, http2.Http2, requests, read, expected)


def graphql(name: str, query: str, variables: dict[str, object], data: object, direct: Direct) -> Operation:
    """A GraphQL operation."""
    body = orjson.dumps({"query": query, "variables": variables})
    requests = [http1.post("/graphql", caller, body) for caller in CALLERS]
    return Operation("GraphQL", name, direct, http1.Http1, requests, read_json, {"data": data})


def read_json(body: bytes) -> object:
    """JSON, or None where there is none."""
    return orjson.loads(body) if body else None


def chosen(of: dict[str, object], *names: str) -> dict[str, object]:
    """Some fields, in this order."""
    return {name: of[name] for name in names}


def operations() -> list[Operation]:
    """All of them."""
    event = publish_pb2.PublishEventRequest()
    for name, value in EVENT.items():
        field = next(field for field in event.event.DESCRIPTOR.fields if field.json_name == name)
        setattr(event.event, field.name, value)
    one, users = user(7), [user(number) for number in range(PART)]
    selected = " ".join([*NAMES, *FLAGS])
    mutation = "mutation($event: EventInput!) { publishEvent(event: $event) { message } }"
    single = f"query($mail: String!) {{ user(mail: $mail) {{ {selected} }} }}"
    nodes = {"nodes": [chosen(each, "mail", "cn", "sn", "developer") for each in users]}
    posted = ("POST", "/publish/allevents", orjson.dumps(EVENT))
    got = ("GET", f"{LIST}/{MAIL}", b"")
    listed = ("GET", f"{LIST}?beginIndex=0&endIndex=99", b"")
    get = provisioning_pb2.GetUserRequest(mail=MAIL)
    page = provisioning_pb2.ListUsersRequest(page_size=PART)
    return [
        rpc("PublishService", "PublishEvent", event, {"message": SENTENCE}, posted),
        rpc("ProvisioningService", "GetUser", get, {"user": one}, got),
        rpc("ProvisioningService", "ListUsers", page, {"users": users}, listed),
        graphql("publishEvent", mutation, {"event": EVENT}, {"publishEvent": {"message": SENTENCE}}, posted),
        graphql("user", single, {"mail": MAIL}, {"user": chosen(one, *NAMES, *FLAGS)}, got),
        graphql("users", "{ users(first: 100) { nodes { mail cn sn developer } } }", {}, {"users": nodes}, listed),
    ]
