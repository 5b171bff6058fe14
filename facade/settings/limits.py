"""Limits: of time, of size, and of how much at once."""

from pydantic import BaseModel, Field

from facade.caller import Limits
from facade.settings.values import Count, Rate, Seconds


class LimitSettings(BaseModel):
    """What a caller can make large or long."""

    default_timeout: Seconds = Field(30.0, description="Seconds for a request whose caller sets no deadline.")
    max_timeout: Seconds = Field(120.0, description="Seconds that a caller's deadline is cut to.")
    max_in_flight: Count = Field(4096, description="Requests served at once; more are refused as OVERLOADED.")
    max_in_flight_per_caller: Count = Field(1024, description="The same of one caller; more are RATE_LIMITED.")
    rate_per_caller: Rate | None = Field(None, description="Requests a second of one caller; more are RATE_LIMITED.")
    burst_per_caller: Count = Field(100, description="Requests that a caller may send at once, beside that rate.")
    max_lateness: Seconds = Field(
        0.1, description="Seconds that the event loop may be late for long, until some requests are refused."
    )
    max_request_bytes: Count = Field(4 * 1024**2, description="Largest request message or body.")
    max_list_items: Count = Field(50_000, description="Items of a list among the variables of a GraphQL request.")
    max_query_tokens: Count = Field(1000, description="Tokens of a GraphQL document.")
    max_query_depth: Count = Field(20, description="Fields in each other, of a GraphQL operation.")
    max_query_aliases: Count = Field(100, description="Aliases of a GraphQL operation.")
    max_query_directives: Count = Field(50, description="Directives of a GraphQL operation.")
    max_query_calls: Count = Field(50, description="Root fields of a GraphQL operation: each calls an upstream.")
    head_timeout: Seconds = Field(10.0, description="Seconds for the head of an HTTP request, and for a handshake.")
    min_body_rate: Count = Field(256, description="Bytes a second that an HTTP body must come at.")
    keep_alive_timeout: Seconds = Field(
        75.0, description="Seconds for which a connection without requests is kept, a WebSocket without operations."
    )
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
