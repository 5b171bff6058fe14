"""Which endpoint answers which request."""

from facade.sandbox import provisioning, publish, ticket, token
from facade.sandbox.exchange import Answer, Call, json_answer, message
from facade.sandbox.state import Endpoint, State

_Methods = dict[str, Endpoint]

_ROUTES: dict[str, _Methods] = {
    token.PATH: {"POST": token.create},
    provisioning.PATH: {"GET": provisioning.list_users, "PUT": provisioning.add_user},
}
# The guide writes these with a trailing slash in one place and without it in another.
for _path in publish.PATHS:
    _ROUTES[_path] = _ROUTES[f"{_path}/"] = {"POST": publish.publish}
for _path in (publish.HEALTHCHECK, f"{publish.HEALTHCHECK}/"):
    _ROUTES[_path] = {"GET": publish.health, "POST": publish.publish}
for _path in (ticket.PATH, ticket.PATH.rstrip("/")):
    _ROUTES[_path] = {"POST": ticket.push}

_USERS = f"{provisioning.PATH}/"
_ONE_USER: _Methods = {"GET": provisioning.get_user, "DELETE": provisioning.delete_user}


def respond(state: State, call: Call) -> Answer:
    """Carry the request out. 404 for a path of no API, 405 for a method the path has not."""
    methods = _methods(call)
    if methods is None:
        return message(404, "Not found")
    endpoint = methods.get(call.method)
    if endpoint is None:
        allow = (b"allow", ", ".join(methods).encode())
        return json_answer(405, {"message": "Method not allowed"}, allow)
    return endpoint(state, call)


def _methods(call: Call) -> _Methods | None:
    if call.raw_path.startswith(_USERS) and call.raw_path != _USERS:
        return _ONE_USER
    return _ROUTES.get(call.path)
