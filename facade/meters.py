"""What a server tells of what it does, so that it can be counted. Nobody who tells knows who counts, or whether.

Everything here is told on the thread of the event loop.
"""

from collections.abc import Callable

from facade import request_log
from facade.errors import FacadeError
from facade.request_log import Finished


def nothing() -> None:
    """Is told, and does nothing."""


class CallMeter:
    """Is told of the calls to one upstream. This one counts nothing."""

    def ended(self, operation: str, seconds: float, error: BaseException | None) -> None:
        """A call was made, lasted so long, and ended in `error`, or well."""

    def retried(self) -> None:
        """A call is about to be made once more."""

    def refused(self, error: FacadeError) -> None:
        """A call was not made: the upstream is down, or has as many calls as it may."""


class Meters:
    """Is told what a server does. This one counts nothing, and takes no time."""

    def finished(self, face: str) -> Finished:
        """What the face `face` ("grpc", "graphql") tells of each request that has ended."""
        del face
        return request_log.finished

    def turned_away(self, face: str) -> Callable[[], None]:
        """What the face tells of each request that it has refused, of which it has read nothing."""
        del face
        return nothing

    def upstream(self, name: str) -> CallMeter:
        """What is told of the calls to the upstream `name`."""
        del name
        return CallMeter()

    def login(self, outcome: str) -> None:
        """A login for a token session has ended: one of LOGINS."""

    def item(self, operation: str, error: FacadeError | None) -> None:
        """An item of a bulk operation (such as `PublishService/PublishBatch`) has its result."""


# How a login ends: with a token; the upstream refuses the credentials; anything else; nobody waited any more. And
# credentials that it refused a moment ago are refused without asking.
LOGINS = ("ok", "rejected", "failed", "cancelled", "remembered")
UNMETERED = Meters()
