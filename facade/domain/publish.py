"""Records of the Publish API (contract section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NewType

from facade.domain.described import described

JsonObject = NewType("JsonObject", Mapping[str, Any])


class Kind(Enum):
    """The kinds of open record."""

    METRIC = "metric"
    ENTITY_TOPOLOGY = "entity_topology"
    SERVICE_TOPOLOGY = "service_topology"
    HEALTHCHECK = "healthcheck"


@dataclass(frozen=True)
class Event:
    """One event of a monitoring tool. A field that is null or left out is not sent; an empty text is."""

    parameter_category: str | None = described('Category of the parameter, such as "cpu".', None)
    parameter_type: str | None = described('Type of the parameter, such as "cpu".', None)
    parameter_name: str | None = described('Name of the parameter, such as "cpu".', None)
    parameter_id: str | None = described('Identifier of the parameter, such as "cpu".', None)
    severity: str | None = described('Severity, a number as text, such as "4".', None)
    description: str | None = described('What happened, such as "cpu issue".', None)
    messages: str | None = described("Further text of the event.", None)
    entity: str | None = described("Name of the entity that the event is about.", None)
    entity_id: str | None = described("Identifier of that entity.", None)
    env_customer_id: str | None = described("Identifier of the customer whose environment it is.", None)
    tool_customer_name: str | None = described("Name of the customer in the tool that reports.", None)
    event_id: str | None = described("Identifier of the event in the tool that reports.", None)
    first_occurrence: str | None = described(
        'When it happened first: RFC 3339 in UTC with milliseconds, such as "2024-04-16T12:01:00.254Z".',
        None,
    )
    split_by: str | None = described("What the event is split by.", None)
    attributes: JsonObject | None = described("Further fields, sent beside the others under their own keys.", None)


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object whose fields the upstream does not document. Exactly one of the two is set.

    Attributes:
        fields: the object's fields.
        json: the object as JSON text in UTF-8, to be sent byte for byte.

    """

    fields: Mapping[str, Any] | None = None
    json: bytes | None = None
