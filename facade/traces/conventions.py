"""Names and attributes of spans, by OpenTelemetry's semantic conventions of the version in SCHEMA_URL.

Nothing that a caller chooses is among them but the method of an HTTP request, if it is a known one, and the name of a
GraphQL operation, cut. `facade.*` are ours: the conventions have no word for them.
"""

from functools import lru_cache

from facade.errors import Code
from facade.traces import otlp

SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"
RPC_CODE, OUR_CODE = "rpc.response.status_code", "facade.code"
# Codes that say that a server has failed, and not its caller (conventions for gRPC).
FAULTS = frozenset({Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.UNIMPLEMENTED, Code.INTERNAL, Code.UNAVAILABLE})
METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
LONGEST_NAME = 64  # characters of an operation's name
PATH = "/graphql"
LOGIN = otlp.described("login", otlp.INTERNAL, (("facade.upstream", "token"),))
WAITING = otlp.described("wait for login", otlp.INTERNAL, (("facade.upstream", "token"),))
SOCKET = otlp.described("GraphQL Operation", otlp.SERVER)
REQUEST_IDS: dict[int, bytes] = {}  # what comes before one of so many characters
OVER_SOCKET = otlp.attributes({"http.route": PATH, "url.path": PATH, "network.protocol.name": "websocket"})


@lru_cache(maxsize=64)
def rpc(path: str) -> bytes:
    """A call of ours at this path."""
    method = path.removeprefix("/")
    return otlp.described(method, otlp.SERVER, (("rpc.system.name", "grpc"), ("rpc.method", method)))


@lru_cache(maxsize=64)
def http(method: str) -> bytes:
    """A request at /graphql of which no operation is known, yet or ever."""
    return otlp.described(f"{method if method in METHODS else 'HTTP'} {PATH}", otlp.SERVER)


@lru_cache(maxsize=64)
def over_http(method: str, scheme: str) -> bytes:
    """The attributes of any such request."""
    known = method if method in METHODS else "_OTHER"
    return otlp.attributes({"http.request.method": known, "http.route": PATH, "url.path": PATH, "url.scheme": scheme})


def graphql(kind: str, name: str, operations: frozenset[str]) -> bytes:
    """An operation: its type, the name that its client gave it, and the operations that its root fields are."""
    return graphql_named(kind, name[:LONGEST_NAME], operations)


@lru_cache(maxsize=1024)
def graphql_named(kind: str, name: str, operations: frozenset[str]) -> bytes:
    """The same of a name that is not long: it is kept."""
    given: list[tuple[str, otlp.Value]] = [("graphql.operation.type", kind)]
    if name:
        given.append(("graphql.operation.name", name))
    if operations:
        given.append(("facade.operations", tuple(sorted(operations))))
    return otlp.described(kind, otlp.SERVER, tuple(given))


@lru_cache(maxsize=256)
def upstream(name: str, operation: str, method: str, template: str, origin: tuple[str, str, int]) -> bytes:
    """A call of an upstream; `origin` is the scheme, the host and the port that it is asked at."""
    scheme, host, port = origin
    given: tuple[tuple[str, otlp.Value], ...] = (
        ("http.request.method", method),
        ("url.scheme", scheme),
        ("url.template", template),
        ("server.address", host),
        ("server.port", port),
        ("facade.upstream", name),
        ("facade.operation", operation),
    )
    return otlp.described(f"{method} {template}", otlp.CLIENT, given)


@lru_cache(maxsize=1024)
def ended(key: str, status: int, code: str, reason: str, failed: bool) -> bytes:
    """How it ended: the code under `key`, the reason as what kind of error it was, the status of an HTTP answer."""
    told = otlp.attribute(key, code)
    if status:
        told += otlp.attribute("http.response.status_code", status)
    if reason:
        told += otlp.attribute("error.type", reason)
    return told + otlp.FAILED if failed else told


def request_id(value: str) -> bytes:
    """The attribute that each request has a value of its own of."""
    found = REQUEST_IDS.get(len(value))  # it is ASCII, of at most 128 characters
    if found is None:
        found = REQUEST_IDS[len(value)] = otlp.attribute("facade.request_id", value)[: -len(value)]
    return found + value.encode()


@lru_cache(maxsize=64)
def resent(times: int) -> bytes:
    """How often a call had been made before."""
    return otlp.attribute("http.request.resend_count", times)
