"""Lets buf run the gRPC plugin of grpcio-tools, which exists only inside that package's own protoc.

A protoc plugin: CodeGeneratorRequest on standard input, CodeGeneratorResponse on standard output
(https://protobuf.dev/reference/other/). `buf.gen.yaml` calls it.
"""

import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc


def generate(request: plugin_pb2.CodeGeneratorRequest, folder: Path) -> plugin_pb2.CodeGeneratorResponse:
    """The `_pb2_grpc.py` file of each proto that `request` names; `folder` is scratch space."""
    descriptors = folder / "descriptors.binpb"
    descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
    out = folder / "out"
    out.mkdir()
    options = [f"--descriptor_set_in={descriptors}", f"--grpc_python_out={out}"]
    features = plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    response = plugin_pb2.CodeGeneratorResponse(supported_features=features)
    if protoc.main(["protoc", *options, *request.file_to_generate]) != 0:
        response.error = "the protoc of grpcio-tools failed; see above"
    for path in sorted(out.rglob("*.py")):
        response.file.add(name=path.relative_to(out).as_posix(), content=path.read_text())
    return response


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asked = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
        sys.stdout.buffer.write(generate(asked, Path(scratch)).SerializeToString())
