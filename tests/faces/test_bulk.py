"""Bulk operations through both faces: one result an item, the one that the single operation would have given."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from facade import sandbox
from tests.faces.client import Face, Failure
from tests.faces.rows import BPM, HTML, NOWHERE, PUBLISH, TICKET, TOKEN, WRONG_PASSWORD
from tests.faces.stack import FACES, standing
from tests.support import basic, set_faults

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Bulk:
    """A bulk operation: its list's field, its upstream's path, and how an item and the single operation's field say it.

    `made` makes the n-th of many different values; `bad` is one that the upstream refuses, for `refusal`.
    """

    operation: str
    field: str
    key: str  # of an item's identity in errors
    path: str
    single: str
    argument: str
    made: Callable[[int], Any]
    bad: Any
    refusal: str

    def item(self, number: int, value: Any) -> Any:
        """The item for a value."""
        return {"item_id": f"id-{number}", self.argument: value} if self.key == "item_id" else value

    def id(self, number: int, value: Any) -> str:
        """Its identity."""
        return f"id-{number}" if self.key == "item_id" else value[self.key] if self.key else value

    def arguments(self, values: list[Any]) -> dict[str, Any]:
        """A call with these values."""
        return {self.field: [self.item(number, value) for number, value in enumerate(values)]}


def user(number: int) -> dict[str, Any]:
    return {"mail": f"new-{number}@example.com", "cn": "New", "sn": f"User {number}"}


def ticket(number: int, customer: str = "C-100") -> dict[str, Any]:
    return {"customer_id": customer, "sys_id": f"{number:032x}", "state": 4}


def generated(number: int) -> str:
    """The address of a user whom the sandbox has."""
    return f"user-{number * 8 + 2:03d}@example.com"


BULKS = [
    Bulk("PublishBatch", "items", "item_id", PUBLISH, "PublishEvent", "event",
         lambda number: {"entity": f"web-{number}"}, {"env_customer_id": "C-300"}, "CUSTOMER_INACTIVE"),
    Bulk("UpdateTickets", "updates", "sys_id", TICKET, "UpdateTicket", "update",
         ticket, ticket(999, "C-300"), "CUSTOMER_INACTIVE"),
    Bulk("CreateUsers", "users", "mail", BPM, "CreateUser", "user",
         user, user(0) | {"mail": "API@example.com"}, "USER_ALREADY_EXISTS"),
    Bulk("DeleteUsers", "mails", "", BPM, "DeleteUser", "mail",
         generated, "nobody@example.com", "USER_NOT_FOUND"),
]  # fmt: skip
PUBLISHES, TICKETS, CREATES, DELETES = BULKS
by_name = pytest.mark.parametrize("bulk", BULKS, ids=[bulk.operation for bulk in BULKS])


async def called(face: Face, bulk: Bulk, values: list[Any], **more: Any) -> list[dict[str, str]]:
    """The results of a call with these values; each has its item's identity, in their order."""
    results: list[dict[str, str]] = (await face.call(bulk.operation, bulk.arguments(values), **more))["results"]
    assert [result["item_id"] for result in results] == [bulk.id(*pair) for pair in enumerate(values)]
    return results


def codes(results: list[dict[str, str]]) -> list[str]:
    return [result["code"] for result in results]


@by_name
async def test_each_item_is_done_once_and_has_its_result_in_its_place(
    bulk: Bulk, face: Face, upstream: sandbox.Running
) -> None:
    results = await called(face, bulk, [bulk.made(number) for number in range(20)])

    assert codes(results) == ["OK"] * 20
    done = {"PublishBatch": "Data published successfully", "UpdateTickets": "Success", "CreateUsers": "added"}
    assert {result["done_message"] for result in results} == {done.get(bulk.operation, "deleted")}
    entries = [entry for entry in upstream.state.log.entries(bulk.path) if entry.method != "GET"]
    assert len(entries) == 20
    assert len({(entry.path, entry.body) for entry in entries}) == 20


@by_name
async def test_a_bad_item_does_not_spoil_the_rest(bulk: Bulk, face: Face) -> None:
    results = await called(face, bulk, [bulk.made(0), bulk.made(1), bulk.bad, bulk.made(3), bulk.made(4)])

    assert codes(results)[:2] == codes(results)[3:] == ["OK", "OK"]
    assert results[2]["reason"] == bulk.refusal


async def single_failure(face: Face, bulk: Bulk, value: Any, headers: Any = None) -> dict[str, str]:
    """What the operation for a single item tells of its failure."""
    with pytest.raises(Failure) as caught:
        await face.call(bulk.single, {bulk.argument: value}, headers)
    return {"code": caught.value.code, "reason": caught.value.reason, "message": caught.value.message}


async def item_failure(face: Face, bulk: Bulk, value: Any, headers: Any = None) -> dict[str, str]:
    """What the result of an item tells."""
    [result] = await called(face, bulk, [value], headers=headers)
    return {name: result[name] for name in ("code", "reason", "message")}


FAULTS = [
    *(pytest.param({"status": status, "body": HTML}, id=str(status))
      for status in (302, 400, 401, 403, 404, 405, 407, 408, 409, 412, 413, 422, 500, 501, 502, 504)),
    pytest.param({"body": HTML, "truncate": 3}, id="a body that is cut off"),
    pytest.param({"drop": "after"}, id="an answer that is lost"),
]  # fmt: skip


@by_name
@pytest.mark.parametrize("fault", FAULTS)
async def test_an_item_fails_with_what_the_single_operation_fails_with(
    bulk: Bulk, fault: dict[str, Any], face: Face, upstream: sandbox.Running
) -> None:
    await set_faults(upstream.url, {"path": bulk.path, **fault})

    assert await item_failure(face, bulk, bulk.made(0)) == await single_failure(face, bulk, bulk.made(0))


@by_name
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no credentials"),
        pytest.param(WRONG_PASSWORD, id="a wrong password"),
        pytest.param({"authorization": "Bearer not-a-token"}, id="a bad token"),
        pytest.param(basic("user@example.com"), id="an account without the right"),
    ],
)
async def test_refused_credentials_are_told_alike(bulk: Bulk, headers: dict[str, str], face: Face) -> None:
    told = await item_failure(face, bulk, bulk.made(0), headers)

    assert told == await single_failure(face, bulk, bulk.made(0), headers)
    assert told["code"] in {"UNAUTHENTICATED", "PERMISSION_DENIED"}


WRONG = [
    pytest.param(PUBLISHES, {"entity": "a", "attributes": {"entity": "b"}}, id="an attribute with a field's name"),
    pytest.param(TICKETS, ticket(0) | {"sys_id": ""}, id="no sys_id"),
    pytest.param(TICKETS, ticket(0, ""), id="no customer"),
    pytest.param(CREATES, user(0) | {"mail": "not an address"}, id="no address"),
    pytest.param(CREATES, user(0) | {"cn": ""}, id="no first name"),
    pytest.param(DELETES, "", id="nobody"),
]


@pytest.mark.parametrize(("bulk", "value"), WRONG)
async def test_a_wrong_argument_is_told_alike_and_is_not_sent(
    bulk: Bulk, value: Any, face: Face, upstream: sandbox.Running
) -> None:
    told = await item_failure(face, bulk, value)

    assert told == await single_failure(face, bulk, value)
    assert (told["code"], told["reason"]) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    assert upstream.state.log.entries(bulk.path) == []


async def refused(face: Face, operation: str, arguments: dict[str, Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        await face.call(operation, arguments)
    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    return caught.value


@by_name
@pytest.mark.parametrize("count", [0, 1001])
async def test_a_batch_of_another_size_is_refused(
    bulk: Bulk, count: int, face: Face, upstream: sandbox.Running
) -> None:
    failure = await refused(face, bulk.operation, bulk.arguments([bulk.made(number) for number in range(count)]))

    assert failure.violations.keys() == {bulk.field}
    assert upstream.state.log.entries() == []


@by_name
async def test_an_identity_that_is_there_twice_is_refused(bulk: Bulk, face: Face, upstream: sandbox.Running) -> None:
    items = bulk.arguments([bulk.made(0), bulk.made(1), bulk.made(2)])[bulk.field]

    failure = await refused(face, bulk.operation, {bulk.field: [*items, items[1]]})

    key = f".{bulk.key}" if bulk.key else ""
    assert failure.violations == {f"{bulk.field}[3]{key}": f"is the same as that of {bulk.field}[1]"}
    assert upstream.state.log.entries() == []


@pytest.mark.parametrize("bulk", [CREATES, DELETES], ids=["CreateUsers", "DeleteUsers"])
async def test_an_address_is_the_same_in_capitals(bulk: Bulk, face: Face, upstream: sandbox.Running) -> None:
    value = bulk.made(0)
    loud = value.upper() if isinstance(value, str) else value | {"mail": value["mail"].upper()}

    failure = await refused(face, bulk.operation, bulk.arguments([value, loud]))

    assert [name.partition(".")[0] for name in failure.violations] == [f"{bulk.field}[1]"]
    assert upstream.state.log.entries() == []


@pytest.mark.parametrize("item_id", ["", "x" * 257])
async def test_an_item_id_has_1_to_256_characters(item_id: str, face: Face, upstream: sandbox.Running) -> None:
    good = {"item_id": "x" * 256, "event": {"entity": "a"}}

    failure = await refused(face, "PublishBatch", {"items": [good, {"item_id": item_id, "event": {"entity": "a"}}]})

    assert failure.violations.keys() == {"items[1].item_id"}
    assert upstream.state.log.entries() == []
    assert codes((await face.call("PublishBatch", {"items": [good]}))["results"]) == ["OK"]


async def test_a_batch_has_records_of_all_kinds(face: Face, upstream: sandbox.Running) -> None:
    kinds = ["metric", "entity_topology", "service_topology", "healthcheck"]
    records = [(kind, {"fields": {"kind": kind}} if face.name == "grpc" else {"kind": kind}) for kind in kinds]
    items = [{"item_id": kind, kind: record} for kind, record in records]

    results = (await face.call("PublishBatch", {"items": [*items, {"item_id": "event", "event": {"entity": "a"}}]}))[
        "results"
    ]

    assert codes(results) == ["OK"] * 5
    bodies = {entry.path: json.loads(entry.body) for entry in upstream.state.log.entries("/publish/*")}
    assert bodies == {
        "/publish/metrics": {"kind": "metric"},
        "/publish/entity": {"kind": "entity_topology"},
        "/publish/service": {"kind": "service_topology"},
        "/publish/healthcheck": {"kind": "healthcheck"},
        "/publish/allevents": {"entity": "a"},
    }


async def test_an_item_without_a_record_fails_alone(face: Face, upstream: sandbox.Running) -> None:
    items = [{"item_id": "a"}, {"item_id": "b", "event": {"entity": "a"}}]

    results = (await face.call("PublishBatch", {"items": items}))["results"]

    assert codes(results) == ["INVALID_ARGUMENT", "OK"]
    assert len(upstream.state.log.entries(PUBLISH)) == 1


@by_name
async def test_a_wrong_password_is_tried_once(bulk: Bulk, face: Face, upstream: sandbox.Running) -> None:
    values = [bulk.made(number) for number in range(5)]

    first, *rest = await called(face, bulk, values, headers=WRONG_PASSWORD)

    assert (first["code"], first["reason"]) == ("UNAUTHENTICATED", "INVALID_CREDENTIALS")
    assert {(result["code"], result["reason"]) for result in rest} == {("ABORTED", "NOT_ATTEMPTED")}
    (entry,) = upstream.state.log.entries()
    assert entry.status in {401, 403}
    assert len(upstream.state.log.entries(TOKEN)) == (bulk is PUBLISHES)


@pytest.mark.parametrize("name", FACES)
@by_name
async def test_when_the_time_is_over_what_was_done_and_what_was_not_are_told_apart(bulk: Bulk, name: str) -> None:
    """The time is the facade's ceiling: the caller's own would be over, on a busy machine, before the answer is there
    (that a job ends a moment before it is in tests/bulk/test_budget.py)."""
    async with standing(name, bulk_concurrency=1, default_timeout=2.0, max_timeout=2.0) as stack:
        await set_faults(stack.upstream.url, {"path": bulk.path, "delay": 0.2})

        results = await called(stack.face, bulk, [bulk.made(number) for number in range(20)], timeout=60.0)

        assert {result["reason"] for result in results} <= {"", "NOT_ATTEMPTED", "UPSTREAM_TIMEOUT"}
        done = codes(results).count("OK")
        assert 0 < done < 20
        assert codes(results)[:done] == ["OK"] * done
        assert set(codes(results)[done + 1 :]) == {"ABORTED"}, "one at most was under way"
        reached = [entry for entry in stack.upstream.state.log.entries(bulk.path) if entry.status is not None]
        assert len(reached) - done in {0, 1}


@by_name
@pytest.mark.parametrize("status", [429, 503])
async def test_an_upstream_that_is_overloaded_for_a_while_fails_no_item(
    bulk: Bulk, status: int, face: Face, upstream: sandbox.Running
) -> None:
    await set_faults(upstream.url, {"path": bulk.path, "status": status, "headers": {"Retry-After": "0"}, "times": 3})

    results = await called(face, bulk, [bulk.made(number) for number in range(10)])

    assert codes(results) == ["OK"] * 10
    assert len([entry for entry in upstream.state.log.entries(bulk.path) if entry.carried_out]) == 10


@pytest.mark.parametrize("name", FACES)
@by_name
async def test_an_upstream_that_is_not_configured_is_told_of_the_first_item(bulk: Bulk, name: str) -> None:
    async with standing(name, publish_url=None, integration_url=None, bpm_url=None) as stack:
        first, second = await called(stack.face, bulk, [bulk.made(0), bulk.made(1)])

    assert (first["code"], first["reason"]) == ("UNIMPLEMENTED", "UPSTREAM_NOT_CONFIGURED")
    assert (second["code"], second["reason"]) == ("ABORTED", "NOT_ATTEMPTED")


@pytest.mark.parametrize("name", FACES)
async def test_an_upstream_that_cannot_be_reached_is_told_when_the_time_is_over(name: str) -> None:
    async with standing(name, bpm_url=NOWHERE, default_timeout=1.0, max_timeout=1.0) as stack:  # as above
        results = await called(stack.face, DELETES, [generated(0), generated(1)], timeout=60.0)

    assert {result["reason"] for result in results} <= {"UPSTREAM_UNREACHABLE", "NOT_ATTEMPTED"}
