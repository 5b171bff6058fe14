"""Puts the upstreams together."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from facade.meters import UNMETERED, Meters
from facade.upstreams.blurred import Blurred
from facade.upstreams.breaker import USUAL, Breaker, Protection
from facade.upstreams.guard import Guard, ProbeGuard
from facade.upstreams.prober import Probed
from facade.upstreams.provisioning import ProvisioningApi
from facade.upstreams.publish import PublishApi
from facade.upstreams.rest import Rest
from facade.upstreams.session import Sessions
from facade.upstreams.ticket import TicketApi
from facade.upstreams.token import TokenApi

NAMES = ("token", "publish", "integration", "bpm")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs without trailing slash; None where an upstream is not used."""

    token: str | None = None
    publish: str | None = None
    integration: str | None = None
    bpm: str | None = None


@dataclass(frozen=True, slots=True)
class Upstreams:
    """All that a face can call.

    Attributes:
        probed: how each upstream that is configured is asked whether it is back.
        sessions: the token sessions.

    """

    token: TokenApi
    publish: PublishApi
    ticket: TicketApi
    provisioning: ProvisioningApi
    probed: tuple[Probed, ...]
    sessions: Sessions

    @property
    def breakers(self) -> Mapping[str, Breaker]:
        """The breaker of each upstream that is configured."""
        return {probed.rest.name: probed.rest.breaker for probed in self.probed}

    @property
    def states(self) -> Mapping[str, str]:
        """Each upstream's state: "up", "down", or "off" if it is not configured."""
        rests = (api.rest for api in (self.token, self.publish, self.ticket, self.provisioning))
        return {rest.name: ("up" if rest.breaker.up else "down") if rest.configured else "off" for rest in rests}


def connect(
    addresses: Addresses,
    transport: httpx.AsyncBaseTransport,
    *,
    max_sessions: int,
    login_timeout: float,
    blurred: Blurred,
    protection: Protection = USUAL,
    meters: Meters = UNMETERED,
) -> Upstreams:
    """The upstreams at `addresses`, each with a guard of its own. Nothing is sent yet.

    `meters` are told of all calls but the facade's own, which only ask whether an upstream is back.
    """
    guards = {name: Guard(name, protection) for name in NAMES}
    calls = {
        name: Rest(name, getattr(addresses, name), transport, guards[name], meters.upstream(name)) for name in NAMES
    }
    token = TokenApi(calls["token"])
    sessions = Sessions(token.log_in, capacity=max_sessions, login_timeout=login_timeout, ended=meters.login)
    publish = PublishApi(calls["publish"], sessions, blurred)
    ticket = TicketApi(calls["integration"], blurred)
    provisioning = ProvisioningApi(calls["bpm"])
    ours = {name: Rest(name, getattr(addresses, name), transport, ProbeGuard(guards[name])) for name in NAMES}
    probes = {
        "token": TokenApi(ours["token"]).probe,
        "publish": PublishApi(ours["publish"], sessions, blurred).probe,
        "integration": TicketApi(ours["integration"], blurred).probe,
        "bpm": ProvisioningApi(ours["bpm"]).probe,
    }
    probed = (Probed(calls[name], probes[name], protection.patience) for name in NAMES if calls[name].configured)
    return Upstreams(token, publish, ticket, provisioning, tuple(probed), sessions)
