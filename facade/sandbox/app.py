"""The sandbox as a Starlette application."""

from starlette.applications import Starlette
from starlette.routing import Route

from facade.sandbox import control
from facade.sandbox.front_page import front_page
from facade.sandbox.gate import Gate
from facade.sandbox.options import Options
from facade.sandbox.state import State


def create_app(options: Options = Options()) -> Starlette:  # noqa: B008 - it is frozen
    """A fresh sandbox; its memory is `app.state.sandbox`.

    Any ASGI server runs it, and `httpx.ASGITransport` does without one. Only under `running` a
    dropped connection is a connection reset: elsewhere ConnectionResetError is raised.
    """
    state = State(options)
    app = Starlette(
        routes=[
            Route("/", front_page),
            *control.ROUTES,
            # Unknown paths, too, are the upstream's to answer: logged, and subject to faults.
            Route("/{path:path}", Gate(state)),
        ]
    )
    app.state.sandbox = state
    return app
