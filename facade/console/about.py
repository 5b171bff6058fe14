"""What the console is told of the facade that it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass

from facade.console.calls import Target


@dataclass(frozen=True, slots=True)
class About:
    """A facade, for people. There is nothing secret in it.

    Attributes:
        version: its version.
        mode: "production" or "development".
        target: how it is called.
        callers: whose credentials it takes.
        upstreams: the address of each upstream, or None where it is not configured.
        services: whether the upstream of each service is configured, by the service's short name.
        introspection: whether the GraphQL schema may be read.
        reflection: whether the gRPC schema may be read.
        ide: whether /graphql is a page.
        metrics: whether requests are counted.

    """

    version: str
    mode: str
    target: Target
    callers: str
    upstreams: Mapping[str, str | None]
    services: Mapping[str, bool]
    introspection: bool
    reflection: bool
    ide: bool
    metrics: bool
