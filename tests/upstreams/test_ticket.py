"""Updates of tickets: the customer is one value of the query, the ticket one JSON object."""

from urllib.parse import parse_qsl

import pytest

from facade.domain.ticket import TicketUpdate
from facade.errors import Code, Reason
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import Addresses
from facade.upstreams.transport import Transport
from tests.upstreams.doubles import BASIC, Recorder, caller, connected, failure, said
from tests.upstreams.wire import always, serving
from tests.upstreams.wire import answer as on_the_wire

CUSTOMERS = {
    "a plain one": "C-100",
    "a further parameter": "a&limit=9",
    "an assignment": "a=b",
    "an encoded NUL": "%00",
    "a NUL": "\x00",
    "a plus": "+",
    "a blank": "a b",
    "a fragment": "a#b",
    "a question": "a?b",
    "a path": "../../admin",
    "umlauts": "Grün",
    "a line feed": "a\r\nx: y",
    "a semicolon": "a;b=c",
    "the longest": "c" * 1000,
}


@pytest.mark.case("B08")
@pytest.mark.parametrize("customer", CUSTOMERS.values(), ids=CUSTOMERS.keys())
async def test_the_customer_arrives_as_one_value(customer: str) -> None:
    async with (
        serving(always(on_the_wire(b'{"message":"Success"}'))) as server,
        Transport(max_answer=1000) as transport,
    ):
        ticket = connected(transport, Addresses(integration=f"{server.url}/itsm")).ticket

        assert await ticket.update(TicketUpdate(customer, "s-1", 4), caller()) == "Success"

    method, target, _ = server.requests[0].decode("latin-1").split(" ", 2)
    path, _, query = target.partition("?")
    assert (method, path) == ("POST", "/itsm/gbp/push/")
    assert parse_qsl(query, keep_blank_values=True, strict_parsing=True) == [("CustomerId", customer)]


@pytest.mark.parametrize("state", [4, 0, -1, 2**31 - 1], ids=["resolved", "zero", "negative", "the largest"])
async def test_the_state_is_a_number(state: int) -> None:
    recorder = Recorder(said(200, "Success"))

    await connected(recorder).ticket.update(TicketUpdate("C-100", 'a"b', state), caller())

    assert recorder.targets == ["POST /gbp/push/?CustomerId=C-100"]
    assert recorder.only.content == b'{"state":%d,"sysid":"a\\"b"}' % state


@pytest.mark.parametrize(
    ("update", "field", "why"),
    [
        (TicketUpdate("", "s-1", 4), "update.customer_id", "must not be empty"),
        (TicketUpdate("C-100", "", 4), "update.sys_id", "must not be empty"),
        (TicketUpdate("c" * 1001, "s-1", 4), "update.customer_id", "must not be longer than 1000 characters"),
        (TicketUpdate("c" * 100_000, "s-1", 4), "update.customer_id", "must not be longer than 1000 characters"),
    ],
    ids=["no customer", "no ticket", "a customer that is too long", "one that is longer than a URL may be"],
)
async def test_what_cannot_be_asked_is_an_invalid_argument(update: TicketUpdate, field: str, why: str) -> None:
    recorder = Recorder(said(200, "Success"))

    error = await failure(connected(recorder).ticket.update(update, caller()))

    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert [(each.field, each.description) for each in error.violations] == [(field, why)]
    assert recorder.requests == []


async def test_no_credentials_are_told_without_a_call() -> None:
    recorder = Recorder(said(200, "Success"))

    error = await failure(connected(recorder).ticket.update(TicketUpdate("C-100", "s", 4), caller(iem=None)))

    assert (error.code, error.reason) == (Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS)
    assert error.upstream == "integration"
    assert recorder.requests == []


async def test_a_token_that_is_refused_is_not_replaced() -> None:
    recorder = Recorder(said(401, "Invalid access token"))

    error = await failure(connected(recorder).ticket.update(TicketUpdate("C-100", "s", 4), caller()))

    assert error.reason is Reason.INVALID_TOKEN
    assert len(recorder.requests) == 1


async def test_the_path_and_the_parameter_are_settings() -> None:
    recorder = Recorder(said(200, "Success"))
    blurred = Blurred(ticket_path="/gbp/pull", ticket_customer_parameter="customer")

    await connected(recorder, blurred=blurred).ticket.update(TicketUpdate("C-100", "s", 4), caller(iem=BASIC))

    assert recorder.targets == ["POST /gbp/pull?customer=C-100"]


async def test_a_probe_changes_nothing_and_sends_no_credentials() -> None:
    recorder = Recorder(said(401, "Invalid credentials"))

    error = await failure(connected(recorder).ticket.probe(caller(iem=BASIC)))

    assert error.reason is Reason.INVALID_CREDENTIALS
    assert (recorder.targets, recorder.only.content) == (["POST /gbp/push/"], b"{}")
    assert not {"authorization", "cookie"} & set(recorder.only.headers)
