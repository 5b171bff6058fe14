"""What people look at, as the settings say: the console and the GraphQL IDE."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from facade.config import Settings
from facade.console.about import About
from facade.console.calls import Target
from facade.console.events import Events
from facade.console.operations import operations
from facade.console.page import routes
from facade.console.sampler import Sampler
from facade.graphql.app import Views
from facade.graphql.schema import executable
from facade.graphql.site import Site
from facade.ide.cache import directory
from facade.ide.page import Ide
from facade.ide.page import views as ide_views
from facade.metrics.metrics import Metrics
from facade.rpc.server import FILES
from facade.upstreams.connect import NAMES, Upstreams


@dataclass(frozen=True, slots=True)
class Showing:
    """What is shown.

    Attributes:
        views: where.
        sampler: what the console's charts are made of; None without a console.

    """

    views: Views
    sampler: Sampler | None

    @asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        """Keeps it up to date, until the block ends; the connections that show it end then."""
        if self.sampler is None:
            yield
            return
        async with self.sampler.sampling():
            yield


def showing(
    settings: Settings, site: Site, addresses: tuple[str, str], metrics: Metrics | None, upstreams: Upstreams
) -> Showing:
    """What the settings switch on. `addresses`: host and port of gRPC; scheme, host and port of HTTP."""
    views, sampler = Views(), None
    if settings.switched_on(settings.ide):
        views = ide_views(Ide(directory(settings.ide_directory), addresses[1]), site)
    if settings.switched_on(settings.console):
        sampler = Sampler(metrics.families if metrics else None, lambda: upstreams.states)
        told = about(settings, addresses, upstreams)
        pages = routes(told, operations(FILES, executable()), Events(sampler, site), site)
        views = Views(views.graphql, [*views.routes, *pages])
    return Showing(views, sampler)


def about(settings: Settings, addresses: tuple[str, str], upstreams: Upstreams) -> About:
    """What the console tells of the facade."""
    grpc, http = addresses
    known = settings.callers is not None
    return About(
        version=version("facade"),
        mode=settings.mode,
        target=Target(grpc, http, secure=settings.tls_certificate is not None, keys=known),
        callers="shown by an API key, a token or a certificate" if known else "pass-through: their own credentials",
        upstreams={name: getattr(settings.addresses, name) for name in NAMES},
        services={
            "TokenService": upstreams.token.rest.configured,
            "PublishService": upstreams.publish.rest.configured,
            "TicketService": upstreams.ticket.rest.configured,
            "ProvisioningService": upstreams.provisioning.rest.configured,
        },
        introspection=settings.switched_on(settings.introspection),
        reflection=settings.switched_on(settings.reflection),
        ide=settings.switched_on(settings.ide),
        metrics=settings.metrics,
    )
