"""The Publish API (contract section 2)."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import orjson

from facade.caller import Basic, Caller, Token
from facade.domain.publish import Event, Kind, Record
from facade.errors import FacadeError, Reason, invalid
from facade.upstreams.blurred import Blurred
from facade.upstreams.credentials import cookie, missing, told
from facade.upstreams.iem import SENTENCES, SUCCESSES, read_message
from facade.upstreams.operation import Operation
from facade.upstreams.rest import Rest
from facade.upstreams.session import Sessions

JSON = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def read_health(document: Any, body: bytes) -> str:
    """The sentence of a running API, in JSON or (the document does not say) as plain text."""
    if document is None and (text := body.decode(errors="replace").strip()) in SUCCESSES:
        return text
    return read_message(document, body)


def publishing(name: str, path: str) -> Operation[str]:
    """The operation that publishes one kind of record."""
    return Operation(name=name, method="POST", path=path, read=read_message, sentences=SENTENCES)


class PublishApi:
    """Publishes records, one a call.

    The upstream takes nothing but an access token: for callers who sent Basic credentials it comes from `sessions`.
    """

    def __init__(self, rest: Rest, sessions: Sessions, blurred: Blurred) -> None:
        self.rest = rest
        self._sessions = sessions
        self._event = publishing("PublishEvent", blurred.publish_events_path)
        self._records = {
            Kind.METRIC: publishing("PublishMetric", "/publish/metrics"),
            Kind.ENTITY_TOPOLOGY: publishing("PublishEntityTopology", blurred.publish_entity_path),
            Kind.SERVICE_TOPOLOGY: publishing("PublishServiceTopology", "/publish/service"),
            Kind.HEALTHCHECK: publishing("PublishHealthcheck", "/publish/healthcheck"),
        }
        self._health = Operation(
            name="CheckHealth",
            method="GET",
            path=blurred.publish_health_path,
            read=read_health,
            safe=True,
            sentences=SENTENCES,
        )
        # Every field's name but one is the contract's, without our underscores.
        names = [field.name for field in fields(Event) if field.name != "attributes"]
        self._wire = {name: name.replace("_", "") for name in names}
        self._wire["event_id"] = blurred.event_id_field

    async def probe(self, caller: Caller) -> None:
        """Asks for the API's health, which needs no credentials."""
        await self.check_health(caller)

    async def publish_event(self, event: Event, caller: Caller) -> str:
        """Publishes an event; returns the upstream's sentence."""
        return await self._publish(self._event, encoded_event(event, self._wire), caller)

    async def publish_record(self, kind: Kind, record: Record, field: str, caller: Caller) -> str:
        """Publishes a record that came in the request's `field`; returns the upstream's sentence."""
        return await self._publish(self._records[kind], encoded_record(record, field), caller)

    async def check_health(self, caller: Caller) -> str:
        """The sentence of a running API. Sends no credentials."""
        return await self.rest.call(self._health, caller)

    async def _publish(self, operation: Operation[str], content: bytes, caller: Caller) -> str:
        match caller.iem:
            case Token(value):
                return await self._post(operation, content, caller, value)
            case Basic() as basic:
                try:
                    return await self._in_session(operation, content, caller, basic)
                except FacadeError as error:
                    raise told(error, basic) from error.__cause__
        raise missing("publish")

    async def _in_session(self, operation: Operation[str], content: bytes, caller: Caller, basic: Basic) -> str:
        """Publishes with the session's token; with a new one, once, if the upstream says that it is invalid.

        It said so instead of publishing, so that the record is published once. Errors about the customer, which come
        with the same status, are not about the token.
        """
        token = await self._sessions.token(basic, caller)
        try:
            return await self._post(operation, content, caller, token)
        except FacadeError as error:
            if error.reason is not Reason.INVALID_TOKEN:
                raise
        self._sessions.refuse(basic, token)
        token = await self._sessions.token(basic, caller)
        try:
            return await self._post(operation, content, caller, token)
        except FacadeError as error:
            if error.reason is Reason.INVALID_TOKEN:
                self._sessions.refuse(basic, token)
            raise

    async def _post(self, operation: Operation[str], content: bytes, caller: Caller, token: str) -> str:
        return await self.rest.call(operation, caller, headers=[cookie(token)], content=content)


def encoded_event(event: Event, wire: Mapping[str, str]) -> bytes:
    """The event's body: the fields that are set under the contract's names, and its attributes beside them."""
    body = {theirs: value for ours, theirs in wire.items() if (value := getattr(event, ours)) is not None}
    attributes: object = event.attributes or {}
    if not attributes:
        return texts(body)
    if not isinstance(attributes, Mapping):
        raise invalid("event.attributes", "must be a JSON object")
    if double := body.keys() & attributes.keys():
        raise invalid("event.attributes", f"must not repeat {min(double)}, which the event sets")
    return dumped({**body, **attributes}, "event.attributes")


def texts(body: Mapping[str, str]) -> bytes:
    """Texts alone as JSON, which both libraries write alike; half a character is left to the one that refuses it."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return dumped(body, "event")


def encoded_record(record: Record, field: str) -> bytes:
    """The record's body; JSON text is checked to be an object and sent byte for byte."""
    if record.json is None:
        if not isinstance(record.fields, Mapping):
            raise invalid(field, "must be a JSON object")
        return dumped(record.fields, field)
    try:
        document = orjson.loads(record.json)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise invalid(f"{field}.json", "must be one JSON object in UTF-8")
    return record.json


def dumped(document: Mapping[str, Any], field: str) -> bytes:
    """`document` as JSON. INVALID_ARGUMENT where JSON cannot say it.

    The standard library writes integers of any size, and refuses infinity, which orjson would turn into null.
    """
    try:
        return JSON.encode(document).encode()
    except (ValueError, TypeError, RecursionError):
        raise invalid(field, "holds a value that cannot be sent as JSON") from None
