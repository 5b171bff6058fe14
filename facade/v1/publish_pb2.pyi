from facade.v1 import bulk_pb2 as _bulk_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Event(_message.Message):
    __slots__ = ("parameter_category", "parameter_type", "parameter_name", "parameter_id", "severity", "description", "messages", "entity", "entity_id", "env_customer_id", "tool_customer_name", "event_id", "first_occurrence", "split_by", "attributes")
    PARAMETER_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_TYPE_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_NAME_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_ID_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    ENV_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_CUSTOMER_NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_OCCURRENCE_FIELD_NUMBER: _ClassVar[int]
    SPLIT_BY_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    parameter_category: str
    parameter_type: str
    parameter_name: str
    parameter_id: str
    severity: str
    description: str
    messages: str
    entity: str
    entity_id: str
    env_customer_id: str
    tool_customer_name: str
    event_id: str
    first_occurrence: str
    split_by: str
    attributes: _struct_pb2.Struct
    def __init__(self, parameter_category: _Optional[str] = ..., parameter_type: _Optional[str] = ..., parameter_name: _Optional[str] = ..., parameter_id: _Optional[str] = ..., severity: _Optional[str] = ..., description: _Optional[str] = ..., messages: _Optional[str] = ..., entity: _Optional[str] = ..., entity_id: _Optional[str] = ..., env_customer_id: _Optional[str] = ..., tool_customer_name: _Optional[str] = ..., event_id: _Optional[str] = ..., first_occurrence: _Optional[str] = ..., split_by: _Optional[str] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ("fields", "json")
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    fields: _struct_pb2.Struct
    json: bytes
    def __init__(self, fields: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., json: _Optional[bytes] = ...) -> None: ...

class PublishEventRequest(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: Event
    def __init__(self, event: _Optional[_Union[Event, _Mapping]] = ...) -> None: ...

class PublishEventResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class PublishMetricRequest(_message.Message):
    __slots__ = ("metric",)
    METRIC_FIELD_NUMBER: _ClassVar[int]
    metric: Record
    def __init__(self, metric: _Optional[_Union[Record, _Mapping]] = ...) -> None: ...

class PublishMetricResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class PublishEntityTopologyRequest(_message.Message):
    __slots__ = ("topology",)
    TOPOLOGY_FIELD_NUMBER: _ClassVar[int]
    topology: Record
    def __init__(self, topology: _Optional[_Union[Record, _Mapping]] = ...) -> None: ...

class PublishEntityTopologyResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class PublishServiceTopologyRequest(_message.Message):
    __slots__ = ("topology",)
    TOPOLOGY_FIELD_NUMBER: _ClassVar[int]
    topology: Record
    def __init__(self, topology: _Optional[_Union[Record, _Mapping]] = ...) -> None: ...

class PublishServiceTopologyResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class PublishHealthcheckRequest(_message.Message):
    __slots__ = ("healthcheck",)
    HEALTHCHECK_FIELD_NUMBER: _ClassVar[int]
    healthcheck: Record
    def __init__(self, healthcheck: _Optional[_Union[Record, _Mapping]] = ...) -> None: ...

class PublishHealthcheckResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class PublishItem(_message.Message):
    __slots__ = ("item_id", "event", "metric", "entity_topology", "service_topology", "healthcheck")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    ENTITY_TOPOLOGY_FIELD_NUMBER: _ClassVar[int]
    SERVICE_TOPOLOGY_FIELD_NUMBER: _ClassVar[int]
    HEALTHCHECK_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    event: Event
    metric: Record
    entity_topology: Record
    service_topology: Record
    healthcheck: Record
    def __init__(self, item_id: _Optional[str] = ..., event: _Optional[_Union[Event, _Mapping]] = ..., metric: _Optional[_Union[Record, _Mapping]] = ..., entity_topology: _Optional[_Union[Record, _Mapping]] = ..., service_topology: _Optional[_Union[Record, _Mapping]] = ..., healthcheck: _Optional[_Union[Record, _Mapping]] = ...) -> None: ...

class PublishBatchRequest(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[PublishItem]
    def __init__(self, items: _Optional[_Iterable[_Union[PublishItem, _Mapping]]] = ...) -> None: ...

class PublishBatchResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_bulk_pb2.ItemResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_bulk_pb2.ItemResult, _Mapping]]] = ...) -> None: ...

class PublishStreamRequest(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: PublishItem
    def __init__(self, item: _Optional[_Union[PublishItem, _Mapping]] = ...) -> None: ...

class PublishStreamResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: _bulk_pb2.ItemResult
    def __init__(self, result: _Optional[_Union[_bulk_pb2.ItemResult, _Mapping]] = ...) -> None: ...

class CheckHealthRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CheckHealthResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...
