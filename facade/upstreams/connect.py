"""Puts the upstreams together."""

from dataclasses import dataclass

import httpx

from facade.upstreams.blurred import Blurred
from facade.upstreams.provisioning import ProvisioningApi
from facade.upstreams.publish import PublishApi
from facade.upstreams.rest import Rest
from facade.upstreams.session import Sessions
from facade.upstreams.ticket import TicketApi
from facade.upstreams.token import TokenApi


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs without trailing slash; None where an upstream is not used."""

    token: str | None = None
    publish: str | None = None
    integration: str | None = None
    bpm: str | None = None


@dataclass(frozen=True, slots=True)
class Upstreams:
    """All that a face can call."""

    token: TokenApi
    publish: PublishApi
    ticket: TicketApi
    provisioning: ProvisioningApi


def connect(
    addresses: Addresses,
    transport: httpx.AsyncBaseTransport,
    *,
    max_sessions: int,
    login_timeout: float,
    blurred: Blurred,
) -> Upstreams:
    """The upstreams at `addresses`. Nothing is sent yet."""
    token = TokenApi(Rest("token", addresses.token, transport))
    sessions = Sessions(token.log_in, capacity=max_sessions, login_timeout=login_timeout)
    return Upstreams(
        token=token,
        publish=PublishApi(Rest("publish", addresses.publish, transport), sessions, blurred),
        ticket=TicketApi(Rest("integration", addresses.integration, transport), blurred),
        provisioning=ProvisioningApi(Rest("bpm", addresses.bpm, transport)),
    )
