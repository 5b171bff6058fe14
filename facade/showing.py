"""What people look at, as the settings say: the console and the GraphQL IDE."""

from facade.config import Settings
from facade.graphql.app import NO_VIEWS, Views
from facade.graphql.site import Site
from facade.ide.cache import directory
from facade.ide.page import Ide
from facade.ide.page import views as ide_views


def views(settings: Settings, site: Site, http: str) -> Views:
    """All views. `http` is scheme, host and port of the HTTP face."""
    if not settings.switched_on(settings.ide):
        return NO_VIEWS
    return ide_views(Ide(directory(settings.ide_directory), http), site)
