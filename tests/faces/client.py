"""What both test clients can do: call any operation by its gRPC name, with plain values in proto names."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

API = "api@example.com"


@dataclass
class Failure(Exception):  # noqa: N818 - what a call can end in, beside a response
    """An error as a client sees it.

    Attributes:
        code: gRPC's name of the code.
        reason: the reason.
        message: the sentence.
        upstream: the upstream that was asked, or "".
        upstream_status: its HTTP status, or 0.
        request_id: the request's id.
        violations: wrong fields in proto names, with their descriptions.
        retryable: whether a client may repeat the call; None where the face does not say.
    """

    code: str
    reason: str = ""
    message: str = ""
    upstream: str = ""
    upstream_status: int = 0
    request_id: str = ""
    violations: dict[str, str] = field(default_factory=dict)
    retryable: bool | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.reason}: {self.message}"


class Face(Protocol):
    """One face of a running facade. An async context manager."""

    name: str

    async def call(
        self, operation: str, arguments: Any = None, headers: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """The response's fields. Raises Failure. `headers` default to those of the sandbox's API user."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...
