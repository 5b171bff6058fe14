"""The GraphQL test client: httpx and one document an operation."""

import json
import re
import ssl
from types import TracebackType
from typing import Any, Self

import httpx

from facade.upstreams.transport import Transport
from facade.upstreams.trust import usual
from tests.faces.client import Failure, outcome
from tests.support import basic

LARGEST = 16 * 1024**2
USER = "mail cn sn accountAdmin developer endUser operator tester"
RESULT = "itemId ok message error { code reason message retryable }"
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
    "PublishBatch": (
        "publishBatch",
        f"mutation($items: [PublishItemInput!]!) {{ publishBatch(items: $items) {{ {RESULT} }} }}",
        "results",
    ),
    "UpdateTickets": (
        "updateTickets",
        f"mutation($updates: [TicketUpdateInput!]!) {{ updateTickets(updates: $updates) {{ {RESULT} }} }}",
        "results",
    ),
    "CreateUsers": (
        "createUsers",
        f"mutation($users: [NewUserInput!]!) {{ createUsers(users: $users) {{ {RESULT} }} }}",
        "results",
    ),
    "DeleteUsers": (
        "deleteUsers",
        f"mutation($mails: [String!]!) {{ deleteUsers(mails: $mails) {{ {RESULT} }} }}",
        "results",
    ),
    "SyncUsers": (
        "syncUsers",
        "subscription($roster: [NewUserInput!]!, $options: SyncOptionsInput) {"
        " syncUsers(roster: $roster, options: $options) { plan { toAdd toReplace toDelete kept }"
        f" result {{ {RESULT} }} summary {{ added replaced deleted kept failed notAttempted }} }} }}",
        "stream",
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

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        transport = Transport(max_answer=LARGEST, tls=(lambda: tls) if tls else usual)
        # httpx's own pool costs milliseconds a call when many run at once: thousands of calls here would take minutes.
        self.client = httpx.AsyncClient(base_url=url, transport=transport)

    async def call(
        self, operation: str, arguments: Any = None, headers: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """The response's fields, as gRPC would name them."""
        field, document, key = DOCUMENTS[operation]
        if document.startswith("subscription"):
            return {key: await self._events(field, document, camel(arguments), headers, timeout)}
        response = await self._post(document, camel(arguments or {}), headers, timeout)
        answer = response.json()
        if "errors" in answer:
            found = failure(answer["errors"][0])
            found.received = f"HTTP {response.status_code} {response.headers} {response.text}"
            raise found
        value = snake(answer["data"][field])
        if key == "results":
            value = [item(result) for result in value]
        return {key: value} if key else value

    async def execute(
        self, document: str, variables: Any = None, headers: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """The whole answer to a document."""
        answer: dict[str, Any] = (await self._post(document, variables, headers, timeout)).json()
        return answer

    async def _events(
        self, field: str, document: str, variables: Any, headers: Any, timeout: float | None
    ) -> list[dict[str, Any]]:
        """The events of a subscription, over server-sent events. Failure has those before the error."""
        response = await self._post(document, variables, headers, timeout, accept="text/event-stream")
        if not response.headers["content-type"].startswith("text/event-stream"):
            raise failure(response.json()["errors"][0])
        events: list[dict[str, Any]] = []
        *sent, last = server_sent(response.text)
        assert last == ("complete", "")
        for name, data in sent:
            assert name == "next"
            told = json.loads(data)
            if "errors" in told:
                found = failure(told["errors"][0])
                found.events = events
                raise found
            events.append(event(snake(told["data"][field])))
        return events

    async def _post(
        self, document: str, variables: Any, headers: Any, timeout: float | None, **more: str
    ) -> httpx.Response:
        sent = {**(basic() if headers is None else headers), **more}
        if timeout is not None:
            sent["x-request-timeout"] = str(timeout)
        body = {"query": document, "variables": variables or {}}
        return await self.client.post("/graphql", json=body, headers=sent)

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


def item(result: dict[str, Any]) -> dict[str, str]:
    """The result of one item."""
    error = result["error"]
    assert result["ok"] is (error is None)
    found = None if error is None else Failure(error["code"], error["reason"], error["message"])
    return outcome(result["item_id"], result["message"], found)


def event(update: dict[str, Any]) -> dict[str, Any]:
    """What a SyncUpdate holds: one of its three."""
    [(name, value)] = [(name, value) for name, value in update.items() if value is not None]
    return {name: item(value) if name == "result" else value}


def server_sent(text: str) -> list[tuple[str, str]]:
    """Name and data of each server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    assert text.endswith("\n\n")
    found = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        fields = dict(line.partition(":")[::2] for line in block.split("\n") if not line.startswith(":"))
        if fields:
            found.append((fields["event"].strip(), fields["data"].strip()))
    return found


def camel(value: Any) -> Any:
    """A value whose objects have GraphQL's names; what is inside `attributes` and open records stays."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {camel_name(name): item if name in OPEN else camel(item) for name, item in value.items()}


OPEN = {"attributes", "metric", "topology", "entity_topology", "service_topology", "healthcheck"}


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
