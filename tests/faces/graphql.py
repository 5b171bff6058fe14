"""The GraphQL test client: httpx and one document an operation."""

import re
from types import TracebackType
from typing import Any, Self

import httpx

from facade.upstreams.transport import Transport
from tests.faces.client import Failure
from tests.support import basic

LARGEST = 16 * 1024**2
USER = "mail cn sn accountAdmin developer endUser operator tester"
# Operation -> (field, document, keys of the response that the field's value goes under; "" where it is the response)
DOCUMENTS = {
    "GenerateToken": (
        "generateToken",
        "mutation($email: String!, $password: String!) { generateToken(email: $email, password: $password)"
        " { email name isSuperadmin accessToken refreshToken } }",
        "token",
    ),
    "PublishEvent": ("publishEvent", "mutation($event: EventInput!) { publishEvent(event: $event) { message } }", ""),
    "PublishMetric": ("publishMetric", "mutation($metric: JSON!) { publishMetric(metric: $metric) { message } }", ""),
    "PublishEntityTopology": (
        "publishEntityTopology",
        "mutation($topology: JSON!) { publishEntityTopology(topology: $topology) { message } }",
        "",
    ),
    "PublishServiceTopology": (
        "publishServiceTopology",
        "mutation($topology: JSON!) { publishServiceTopology(topology: $topology) { message } }",
        "",
    ),
    "PublishHealthcheck": (
        "publishHealthcheck",
        "mutation($healthcheck: JSON!) { publishHealthcheck(healthcheck: $healthcheck) { message } }",
        "",
    ),
    "CheckHealth": ("publishHealth", "{ publishHealth { message } }", ""),
    "UpdateTicket": (
        "updateTicket",
        "mutation($update: TicketUpdateInput!) { updateTicket(update: $update) { message } }",
        "",
    ),
    "GetUser": ("user", f"query($mail: String!) {{ user(mail: $mail) {{ {USER} }} }}", "user"),
    "CreateUser": (
        "createUser",
        f"mutation($user: NewUserInput!) {{ createUser(user: $user) {{ {USER} }} }}",
        "user",
    ),
    "DeleteUser": (
        "deleteUser",
        "mutation($mail: String!, $allowMissing: Boolean) { deleteUser(mail: $mail, allowMissing: $allowMissing)"
        " { mail } }",
        "gone",
    ),
    "ListUsers": (
        "users",
        "query($first: Int, $after: String, $last: Int, $before: String)"
        " { users(first: $first, after: $after, last: $last, before: $before) {"
        f" edges {{ cursor node {{ {USER} }} }} nodes {{ {USER} }} totalCount"
        " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
        "",
    ),
}


class GraphqlFace:
    """The face at an HTTP address."""

    name = "graphql"

    def __init__(self, url: str) -> None:
        # httpx's own pool costs milliseconds a call when many run at once: thousands of calls here would take minutes.
        self.client = httpx.AsyncClient(base_url=url, transport=Transport(max_answer=LARGEST))

    async def call(
        self, operation: str, arguments: Any = None, headers: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """The response's fields, as gRPC would name them."""
        field, document, key = DOCUMENTS[operation]
        answer = await self.execute(document, camel(arguments or {}), headers, timeout)
        if "errors" in answer:
            raise failure(answer["errors"][0])
        value = snake(answer["data"][field])
        return {key: value} if key else value

    async def execute(
        self, document: str, variables: Any = None, headers: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """The whole answer to a document."""
        sent = dict(basic() if headers is None else headers)
        if timeout is not None:
            sent["x-request-timeout"] = str(timeout)
        body = {"query": document, "variables": variables or {}}
        response = await self.client.post("/graphql", json=body, headers=sent)
        answer: dict[str, Any] = response.json()
        return answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()


def failure(error: dict[str, Any]) -> Failure:
    """An entry of `errors`."""
    told = error.get("extensions", {})
    return Failure(
        code=told.get("code", ""),
        reason=told.get("reason", ""),
        message=error["message"],
        upstream=told.get("upstream") or "",
        upstream_status=told.get("upstreamStatus") or 0,
        request_id=told.get("requestId", ""),
        violations={snake_name(each["field"]): each["description"] for each in told.get("fieldViolations", [])},
        retryable=told.get("retryable"),
    )


def camel(value: Any) -> Any:
    """A value whose objects have GraphQL's names; what is inside `attributes` and open records stays."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {camel_name(name): item if name in OPEN else camel(item) for name, item in value.items()}


OPEN = {"attributes", "metric", "topology", "healthcheck"}


def snake(value: Any) -> Any:
    """A value whose objects have proto names."""
    if isinstance(value, list):
        return [snake(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {snake_name(name): snake(item) for name, item in value.items()}


def camel_name(name: str) -> str:
    """A proto name as GraphQL spells it."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def snake_name(name: str) -> str:
    """A GraphQL name as proto spells it."""
    return re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)
