"""What tests steer the sandbox by: `/sandbox/faults`, `/sandbox/requests`, `/sandbox/tokens`.

Never subject to faults, never logged, no credentials needed. All answers are JSON; errors are
`{"error": …}`.
"""

import re
from dataclasses import fields
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from facade.sandbox.fault_reader import FaultError, read_faults
from facade.sandbox.request_log import Entry
from facade.sandbox.state import State

_LIMIT = re.compile(r"[0-9]{1,9}")
_NO_LIMIT = "999999999"
_FIELDS = tuple(field.name for field in fields(Entry))


async def set_faults(request: Request) -> Response:
    """`PUT`: these faults from now on, instead of those before. 400 names what is wrong."""
    try:
        faults = read_faults(await request.body())
    except FaultError as error:
        return _json({"error": str(error)}, 400)
    _state(request).faults.replace(faults)
    return await show_faults(request)


async def show_faults(request: Request) -> Response:
    """`GET`: `{"faults": [...]}`, each with `remaining`, null if it never ends."""
    return _json({"faults": _state(request).faults.shown()})


async def clear_faults(request: Request) -> Response:
    """`DELETE`: no faults any more; `{"cleared": n}`."""
    return _json({"cleared": _state(request).faults.replace(())})


async def show_requests(request: Request) -> Response:
    """`GET`: the log, see `Entry`; `?path=<glob>` and `?limit=<the latest n>` choose from it.

    `?fields=<names, comma-separated>` leaves out what is not asked for: headers are most of a long log.
    `in_flight`, `most_in_flight` (since the start or the last clearing) and `connections` (open
    ones but for the one that asks) count all of the sandbox, whatever the filter.
    """
    limit = request.query_params.get("limit", _NO_LIMIT)
    if not _LIMIT.fullmatch(limit):
        return _json({"error": "limit: must be a number"}, 400)
    wanted = request.query_params.get("fields", ",".join(_FIELDS)).split(",")
    if unknown := set(wanted) - set(_FIELDS):
        return _json({"error": f"fields: there is no {min(unknown)}"}, 400)
    log = _state(request).log
    entries = log.entries(request.query_params.get("path", "*"), int(limit))
    answer = {
        "requests": [{name: getattr(entry, name) for name in wanted} for entry in entries],
        "in_flight": log.in_flight,
        "most_in_flight": log.most_in_flight,
        "connections": _other_connections(request),
    }
    return _json(answer)


async def clear_requests(request: Request) -> Response:
    """`DELETE`: an empty log; `{"cleared": n}`. Ids go on counting."""
    return _json({"cleared": _state(request).log.clear()})


async def revoke_tokens(request: Request) -> Response:
    """`DELETE`: all access tokens, or those of `?email=`, are invalid; `{"revoked": n}`."""
    return _json({"revoked": _state(request).sessions.revoke(request.query_params.get("email"))})


async def not_found(_: Request) -> Response:
    """Any other path below `/sandbox`."""
    return _json({"error": "there is no such control endpoint"}, 404)


ROUTES = [
    Route("/sandbox/faults", set_faults, methods=["PUT"]),
    Route("/sandbox/faults", show_faults, methods=["GET"]),
    Route("/sandbox/faults", clear_faults, methods=["DELETE"]),
    Route("/sandbox/requests", show_requests, methods=["GET"]),
    Route("/sandbox/requests", clear_requests, methods=["DELETE"]),
    Route("/sandbox/tokens", revoke_tokens, methods=["DELETE"]),
    Route(
        "/sandbox/{rest:path}",
        not_found,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    ),
]


def _state(request: Request) -> State:
    state: State = request.app.state.sandbox
    return state


def _other_connections(request: Request) -> int:
    connections = request.scope.get("extensions", {}).get("sandbox.connections", ())
    return max(len(connections) - 1, 0)


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
