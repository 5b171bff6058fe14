"""The gRPC server: our services, health and, where it is switched on, reflection."""

import math
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.rpc import error_details_pb2

from facade.bulk.connect import Bulk
from facade.caller import request_id
from facade.rpc import reflection
from facade.rpc.calls import TURNED_AWAY, Gate, Handler, Handlers, handlers
from facade.rpc.compression import ASKED, compressing
from facade.rpc.health import Health
from facade.rpc.provisioning import ProvisioningService
from facade.rpc.publish import PublishService
from facade.rpc.received import wanted
from facade.rpc.ticket import TicketService
from facade.rpc.token import TokenService
from facade.upstreams.connect import Upstreams
from facade.v1 import provisioning_pb2, publish_pb2, ticket_pb2, token_pb2

FILES: tuple[FileDescriptor, ...] = (
    token_pb2.DESCRIPTOR,
    publish_pb2.DESCRIPTOR,
    ticket_pb2.DESCRIPTOR,
    provisioning_pb2.DESCRIPTOR,
)
UNKNOWN = "grpc"  # what the log calls a call of a method that there is not
HEALTH_SERVICE = "grpc.health.v1.Health"
MAX_METADATA = 16 * 1024  # bytes of a call's metadata
# Calls of a connection at a time; a client's next ones wait with the client, and a flood of calls that are reset as
# soon as they are made is slowed down. A client who has as many may find one refused (UNAVAILABLE) where one ends just
# as the next begins: so it is more than a client usually has.
MAX_STREAMS = 1000
# Calls that wait until they are looked at: gRPC's core refuses calls of whomever above the first, the more often the
# more there are, and all above the second. It can tell them nothing but CANCELLED. But if all waited, each would be
# looked at when its client is about to give it up, and nothing be served: these wait less than two seconds.
MAX_PENDING = 1000
MOST_PENDING = 1200
PING_INTERVAL = 10_000  # milliseconds; a client that pings more often, and does so again, is disconnected
KEEPALIVE = 30_000  # milliseconds; a client that vanished is noticed after this and the next
KEEPALIVE_TIMEOUT = 10_000


@dataclass(frozen=True, slots=True)
class Connections:
    """What holds for every connection.

    Attributes:
        max_message: bytes of a message; larger ones are refused (RESOURCE_EXHAUSTED).
        max_age: seconds after which, give or take a tenth, its client is asked to connect anew for its next calls.
        grace: seconds after that which the calls that have begun get.
        shared: whether other processes listen on the same port.
        handshake: seconds until a new connection must have begun with HTTP/2.
        idle: seconds for which a connection without calls is kept.

    """

    max_message: int
    max_age: float
    grace: float
    shared: bool
    handshake: float
    idle: float


@dataclass(frozen=True, slots=True)
class RpcServer:
    """A server that is put together but not started."""

    server: grpc.aio.Server
    health: Health


class Methods(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in its types alone
    """Finds a handler by path. One generic handler: grpcio's registered methods cost more a call and give no more.

    Args:
        by_path: the handlers of all.
        ours: the paths that pass the door; health and reflection do not.
        gate: its door says whether a call may come in, before anything of it is read. It is told of the calls of what
            there is not, which grpcio answers itself.

    """

    def __init__(self, by_path: Handlers, ours: Container[str], gate: Gate) -> None:
        self._by_path = by_path
        self._compressing = compressing(by_path)
        self._ours = ours
        self._gate = gate

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "Handler | None":
        """The handler of the path that was called, or None (UNIMPLEMENTED)."""
        method = handler_call_details.method
        if method in self._ours and not self._gate.door.lets_in():
            self._gate.turned_away()
            return TURNED_AWAY
        if ASKED in handler_call_details.invocation_metadata and method in self._compressing:
            return self._compressing[method]
        try:
            return self._by_path[method]
        except KeyError:  # what was called instead is the caller's text, and told to nobody
            name = request_id(wanted(handler_call_details.invocation_metadata))
            self._gate.finished(UNKNOWN, name, time.perf_counter(), code=grpc.StatusCode.UNIMPLEMENTED.name)
            return None


async def create(upstreams: Upstreams, bulk: Bulk, gate: Gate, connections: Connections, *, reflect: bool) -> RpcServer:
    """The server for `upstreams` and the bulk operations over them."""
    services = {
        "TokenService": (TokenService(upstreams.token), upstreams.token.rest),
        "PublishService": (PublishService(upstreams.publish, bulk.publish), upstreams.publish.rest),
        "TicketService": (TicketService(upstreams.ticket, bulk.tickets), upstreams.ticket.rest),
        "ProvisioningService": (
            ProvisioningService(upstreams.provisioning, bulk.users, bulk.sync),
            upstreams.provisioning.rest,
        ),
    }
    health = Health()
    by_path: Handlers = health.handlers()
    ours: set[str] = set()
    names = [HEALTH_SERVICE]
    for file in FILES:
        for descriptor in file.services_by_name.values():
            service, rest = services[descriptor.name]
            made = handlers(service, descriptor, gate)
            by_path |= made
            ours |= made.keys()
            names.append(descriptor.full_name)
            if rest.configured:
                await health.follow(descriptor.full_name, rest.breaker)
            else:
                await health.report(descriptor.full_name, serving=False)
    if reflect:
        by_path |= reflection.handlers(names)
    server = grpc.aio.server(options=options(connections))
    server.add_generic_rpc_handlers((Methods(by_path, ours, gate),))
    return RpcServer(server, health)


def options(connections: Connections) -> Sequence[tuple[str, int]]:
    """Channel arguments (https://grpc.github.io/grpc/core/group__grpc__arg__keys.html)."""
    return (
        ("grpc.max_receive_message_length", connections.max_message),
        ("grpc.max_metadata_size", MAX_METADATA),
        ("grpc.absolute_max_metadata_size", MAX_METADATA),
        ("grpc.max_concurrent_streams", MAX_STREAMS),
        ("grpc.server.max_pending_requests", MAX_PENDING),
        ("grpc.server.max_pending_requests_hard_limit", MOST_PENDING),
        ("grpc.server_handshake_timeout_ms", math.ceil(connections.handshake * 1000)),
        ("grpc.max_connection_idle_ms", math.ceil(connections.idle * 1000)),
        ("grpc.http2.min_ping_interval_without_data_ms", PING_INTERVAL),
        ("grpc.keepalive_time_ms", KEEPALIVE),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT),
        # A ping that measures the bandwidth holds that of the keepalive back, and would be waited for a minute.
        ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT),
        ("grpc.max_connection_age_ms", math.ceil(connections.max_age * 1000)),
        ("grpc.max_connection_age_grace_ms", math.ceil(connections.grace * 1000)),
        # Unless the processes are meant to share it, a second server on the same port is a mistake, not a helper.
        ("grpc.so_reuseport", int(connections.shared)),
    )


def descriptor_set() -> bytes:
    """The contract, all it imports, and the details of its errors, as a serialized FileDescriptorSet."""
    ordered: dict[str, FileDescriptorProto] = {}

    def add(file: FileDescriptor) -> None:
        for dependency in file.dependencies:
            add(dependency)
        if file.name not in ordered:
            ordered[file.name] = FileDescriptorProto()
            file.CopyToProto(ordered[file.name])

    for file in (*FILES, error_details_pb2.DESCRIPTOR):
        add(file)
    return FileDescriptorSet(file=ordered.values()).SerializeToString()
