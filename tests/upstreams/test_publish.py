"""The body of an event."""

import json
from typing import Any

import pytest

from facade.domain.publish import Event, JsonObject, Kind, Record
from facade.errors import Code, FacadeError, Reason
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import Upstreams
from tests.upstreams.doubles import Recorder, caller, connected, failure, said

FULL = Event(
    parameter_category="cpu",
    parameter_type="cpu type",
    parameter_name="cpu name",
    parameter_id="cpu-1",
    severity="4",
    description="cpu issue",
    messages="text",
    entity="host",
    entity_id="h-1",
    env_customer_id="C-100",
    tool_customer_name="Example",
    event_id="e-1",
    first_occurrence="2024-04-16T12:01:00.254Z",
    split_by="core",
)
FULL_ON_THE_WIRE = {
    "parametercategory": "cpu",
    "parametertype": "cpu type",
    "parametername": "cpu name",
    "parameterid": "cpu-1",
    "severity": "4",
    "description": "cpu issue",
    "messages": "text",
    "entity": "host",
    "entityid": "h-1",
    "envcustomerid": "C-100",
    "toolcustomername": "Example",
    "eventid": "e-1",
    "firstoccurrence": "2024-04-16T12:01:00.254Z",
    "splitby": "core",
}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(said(200, "Data published successfully"))


@pytest.fixture
def upstreams(recorder: Recorder) -> Upstreams:
    return connected(recorder)


async def test_an_event_has_the_contracts_names(upstreams: Upstreams, recorder: Recorder) -> None:
    assert await upstreams.publish.publish_event(FULL, caller()) == "Data published successfully"

    assert recorder.targets == ["POST /publish/allevents"]
    assert json.loads(recorder.only.content) == FULL_ON_THE_WIRE


async def test_what_is_not_set_is_not_sent_and_what_is_empty_is(upstreams: Upstreams, recorder: Recorder) -> None:
    await upstreams.publish.publish_event(Event(severity="", entity="hôte"), caller())

    assert recorder.only.content == '{"severity":"","entity":"hôte"}'.encode()


async def test_an_event_may_be_empty(upstreams: Upstreams, recorder: Recorder) -> None:
    await upstreams.publish.publish_event(Event(), caller())

    assert recorder.only.content == b"{}"


async def test_attributes_stand_beside_the_fields_under_their_own_keys(
    upstreams: Upstreams, recorder: Recorder
) -> None:
    attributes = JsonObject({"zone": "b", "load": 1.5, "tags": ["x"], "more": {"a": None}, "entity_id": "not ours"})

    await upstreams.publish.publish_event(Event(severity="4", attributes=attributes), caller())

    assert json.loads(recorder.only.content) == {"severity": "4", **attributes}


async def test_an_attribute_may_have_the_name_of_a_field_that_is_not_set(
    upstreams: Upstreams, recorder: Recorder
) -> None:
    await upstreams.publish.publish_event(Event(attributes=JsonObject({"severity": 4})), caller())

    assert recorder.only.content == b'{"severity":4}'


NAN, INFINITY = float("nan"), float("inf")
WRONG_EVENTS: dict[str, tuple[Any, str]] = {
    "a field twice": ({"severity": "5"}, "must not repeat severity, which the event sets"),
    "a field under its wire name": ({"zone": 1, "entityid": "x"}, "must not repeat entityid, which the event sets"),
    "a list": ([1], "must be a JSON object"),
    "a text": ("x", "must be a JSON object"),
    "not a number": ({"a": NAN}, "holds a value that cannot be sent as JSON"),
    "infinity deep inside": ({"a": [{"b": -INFINITY}]}, "holds a value that cannot be sent as JSON"),
    "half a pair": ({"a": "\ud800"}, "holds a value that cannot be sent as JSON"),
    "an object that is no JSON": ({"a": object()}, "holds a value that cannot be sent as JSON"),
}


@pytest.mark.parametrize(("attributes", "why"), WRONG_EVENTS.values(), ids=WRONG_EVENTS.keys())
async def test_attributes_that_cannot_be_sent_are_an_invalid_argument(
    upstreams: Upstreams, recorder: Recorder, attributes: Any, why: str
) -> None:
    event = Event(severity="4", entity_id="h", attributes=attributes)

    wrong(await failure(upstreams.publish.publish_event(event, caller())), "event.attributes", why)
    assert recorder.requests == []


def wrong(error: FacadeError, field: str, why: str) -> None:
    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert [(each.field, each.description) for each in error.violations] == [(field, why)]


async def test_what_the_documents_leave_blurred_is_a_setting(recorder: Recorder) -> None:
    blurred = Blurred(
        publish_events_path="/p/events/",
        publish_entity_path="/p/e",
        publish_health_path="/p/h",
        event_id_field="ieventid",
    )
    publish = connected(recorder, blurred=blurred).publish

    await publish.publish_event(Event(event_id="e-1"), caller())
    await publish.publish_record(Kind.ENTITY_TOPOLOGY, Record(fields={}), "topology", caller())
    await publish.check_health(caller())

    assert recorder.targets == ["POST /p/events/", "POST /p/e", "GET /p/h"]
    assert recorder.requests[0].content == b'{"ieventid":"e-1"}'
