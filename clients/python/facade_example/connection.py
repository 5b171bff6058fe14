"""The channel: TLS, credentials, the service config.

A channel is made once and kept: it connects by itself, and again when the connection is lost. All stubs share it.
"""

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import grpc

# Deadlines and retries of each method, as the facade's makers mean them; beside the .proto files.
SERVICE_CONFIG = Path(__file__).parents[3] / "protos" / "facade" / "v1" / "facade_grpc_service_config.json"
OPTIONS = [("grpc.service_config", SERVICE_CONFIG.read_text(encoding="utf-8"))]


def basic(user: str, password: str) -> str:
    """The value of `authorization` for a user and a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def bearer(access_token: str) -> str:
    """The value of `authorization` for a token that GenerateToken has issued."""
    return f"Bearer {access_token}"


def connect(authorization: str | None = None) -> grpc.Channel:
    """A channel to FACADE_GRPC_ADDRESS, whose calls all carry `authorization` if it is given.

    TLS_CA (a file of authorities) means TLS; TLS_CERTIFICATE and TLS_KEY are for a facade that wants a certificate.
    """
    address = os.environ.get("FACADE_GRPC_ADDRESS", "127.0.0.1:50051")
    if "TLS_CA" not in os.environ:
        channel = grpc.insecure_channel(address, OPTIONS)
        # gRPC refuses call credentials on a connection that anybody can read. On this machine it is no matter.
        return grpc.intercept_channel(channel, Authorization(authorization)) if authorization else channel
    secure = grpc.ssl_channel_credentials(read("TLS_CA"), read("TLS_KEY"), read("TLS_CERTIFICATE"))
    if authorization:
        secure = grpc.composite_channel_credentials(secure, grpc.metadata_call_credentials(plugin(authorization)))
    return grpc.secure_channel(address, secure, OPTIONS)


def plugin(authorization: str) -> Any:
    """Call credentials: gRPC asks for the metadata of each call, here always the same. It could be renewed here."""

    def metadata(_: grpc.AuthMetadataContext, callback: grpc.AuthMetadataPluginCallback) -> None:
        callback((("authorization", authorization),), None)

    return metadata


def read(variable: str) -> bytes | None:
    """What is in the file that an environment variable names; None if it is not set."""
    return Path(os.environ[variable]).read_bytes() if variable in os.environ else None


class Details(NamedTuple):
    """Of a call, with other metadata."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class Authorization(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Adds `authorization` to the metadata of each call."""

    def __init__(self, value: str) -> None:
        self._value = value

    def _intercept(self, continuation: Callable[[Any, Any], Any], details: Any, request: Any) -> Any:
        metadata = [*(details.metadata or ()), ("authorization", self._value)]
        changed = Details(
            details.method,
            details.timeout,
            metadata,
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )
        return continuation(changed, request)

    intercept_unary_unary = intercept_unary_stream = _intercept
    intercept_stream_unary = intercept_stream_stream = _intercept
