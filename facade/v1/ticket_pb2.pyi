from facade.v1 import bulk_pb2 as _bulk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TicketUpdate(_message.Message):
    __slots__ = ("customer_id", "sys_id", "state")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    sys_id: str
    state: int
    def __init__(self, customer_id: _Optional[str] = ..., sys_id: _Optional[str] = ..., state: _Optional[int] = ...) -> None: ...

class UpdateTicketRequest(_message.Message):
    __slots__ = ("update",)
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    update: TicketUpdate
    def __init__(self, update: _Optional[_Union[TicketUpdate, _Mapping]] = ...) -> None: ...

class UpdateTicketResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class UpdateTicketsRequest(_message.Message):
    __slots__ = ("updates",)
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    updates: _containers.RepeatedCompositeFieldContainer[TicketUpdate]
    def __init__(self, updates: _Optional[_Iterable[_Union[TicketUpdate, _Mapping]]] = ...) -> None: ...

class UpdateTicketsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_bulk_pb2.ItemResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_bulk_pb2.ItemResult, _Mapping]]] = ...) -> None: ...
