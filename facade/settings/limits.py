"""Limits: of time, of size, and of how much at once."""

from pydantic import BaseModel, Field

from facade.caller import Limits
from facade.settings.values import Count, Seconds


class LimitSettings(BaseModel):
    """What a caller can make large or long."""

    default_timeout: Seconds = Field(30.0, description="Seconds for a request whose caller sets no deadline.")
    max_timeout: Seconds = Field(120.0, description="Seconds that a caller's deadline is cut to.")
    max_in_flight: Count = Field(4096, description="Requests served at once; more are refused as OVERLOADED.")
    max_lateness: Seconds = Field(
        0.02, description="Seconds that the event loop may be late for long, until some requests are refused."
    )
    max_request_bytes: Count = Field(4 * 1024**2, description="Largest request message or body.")
    bulk_concurrency: Count = Field(
        32, description="Calls of bulk operations to one upstream at a time, of all callers together."
    )
    bulk_timeout: Seconds = Field(
        3600.0, description="Seconds for a stream or a sync whose caller sets no deadline, and at most."
    )

    @property
    def limits(self) -> Limits:
        """The limits of a request's time."""
        return Limits(self.default_timeout, self.max_timeout)

    @property
    def stream_limits(self) -> Limits:
        """The limits of the time of a request that streams."""
        return Limits(self.bulk_timeout, self.bulk_timeout)
