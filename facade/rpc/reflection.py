"""Server reflection, v1 and v1alpha.

grpcio-reflection serves v1alpha alone. v1 is the same protocol under another package name, to the byte: its descriptor
is v1alpha's with the package renamed, and one servicer serves both.
"""

from collections.abc import Iterable

from google.protobuf import descriptor_pool, text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.reflection import SERVICE_NAME
from grpc_reflection.v1alpha.reflection import aio as reflection  # type: ignore[attr-defined]  # not in its types

from facade.rpc.calls import Handlers
from facade.rpc.foreign import Collector

ALPHA = "grpc.reflection.v1alpha"
V1 = "grpc.reflection.v1"
V1_FILE = "grpc/reflection/v1/reflection.proto"
V1_SERVICE = f"{V1}.ServerReflection"


def handlers(services: Iterable[str]) -> Handlers:
    """The handlers of both versions, by path; they tell of `services` and of themselves."""
    add_v1_descriptor()
    servicer = reflection.ReflectionServicer([*services, SERVICE_NAME, V1_SERVICE])  # type: ignore[attr-defined]  # as above
    collector = Collector()
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, collector)
    alpha = collector.handlers
    return alpha | {path.replace(ALPHA, V1): handler for path, handler in alpha.items()}


def add_v1_descriptor() -> None:
    """Puts v1's descriptor into the pool that reflection answers from, unless a package has done so."""
    pool = descriptor_pool.Default()
    try:
        pool.FindFileByName(V1_FILE)
    except KeyError:
        alpha = FileDescriptorProto()
        reflection_pb2.DESCRIPTOR.CopyToProto(alpha)
        renamed = text_format.MessageToString(alpha).replace(ALPHA, V1)
        v1 = text_format.Parse(renamed, FileDescriptorProto())
        v1.name = V1_FILE
        pool.AddSerializedFile(v1.SerializeToString())
