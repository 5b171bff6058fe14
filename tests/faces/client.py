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
        events: what a stream brought before it ended in the error.
        received: all that the client received of the error, as it came.
    """

    code: str
    reason: str = ""
    message: str = ""
    upstream: str = ""
    upstream_status: int = 0
    request_id: str = ""
    violations: dict[str, str] = field(default_factory=dict)
    retryable: bool | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    received: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.code} {self.reason}: {self.message}"


def outcome(item_id: str, done: str, failure: Failure | None) -> dict[str, str]:
    """The result of one item of a bulk operation, the same from both faces."""
    if failure is None:
        return {"item_id": item_id, "code": "OK", "reason": "", "message": "", "done_message": done}
    assert done == "", "what failed was not done"
    told = {"code": failure.code, "reason": failure.reason, "message": failure.message}
    return {"item_id": item_id, **told, "done_message": ""}


class Face(Protocol):
    """One face of a running facade. An async context manager."""

    name: str

    async def call(
        self, operation: str, arguments: Any = None, headers: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """The response's fields. Raises Failure. `headers` default to those of the sandbox's API user.

        Results of items are what `outcome` makes of them. SyncUsers takes {"options", "roster"} and has {"stream"}: a
        list of {"plan"}, {"result"} and {"summary"}.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...
