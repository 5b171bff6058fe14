"""A WebSocket connection: the protocol `graphql-transport-ws`.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from facade.admission import Door, full
from facade.caller import request_id
from facade.errors import Code, FacadeError, masked
from facade.graphql.answer import Answer, refused, with_errors
from facade.graphql.execution import Executor
from facade.graphql.guard import ClientGoneError, farewell, guarded
from facade.graphql.messages import (
    DEFECT,
    TOO_SLOW,
    End,
    ProtocolError,
    headers_in,
    optional_payload,
    read_message,
    subscribe_payload,
)
from facade.graphql.operations import NotExecutedError
from facade.graphql.request import GraphQLRequest
from facade.graphql.stay import Stay
from facade.graphql.subscriber import MOST_OPERATIONS, Subscriber, too_many
from facade.request_log import Finished
from facade.tls import NAMES
from facade.traces.span import Span

INIT_TIME = 10.0  # seconds that a client has for its connection_init


class Connection:
    """One connection.

    Args:
        socket: the accepted WebSocket.
        executor: executes operations.
        door: admits operations.
        headers: those of the handshake that describe a caller.
        finished: is told of each operation that has ended.
        idle: seconds for which it is kept without an operation.

    """

    def __init__(
        self,
        socket: WebSocket,
        executor: Executor,
        door: Door,
        headers: Mapping[str, list[str]],
        finished: Finished,
        *,
        idle: float,
    ) -> None:
        self._socket = socket
        self._executor = executor
        self._door = door
        self._finished = finished
        self._headers = dict(headers)
        self._names: Sequence[str] = socket.scope.get("state", {}).get(NAMES, ()) if executor.authenticates else ()
        self._acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}  # those that the client has not completed
        self._stay = Stay(door, idle)

    async def run(self) -> None:
        """Serves the connection until the client ends it, breaks the protocol, or may not stay any longer."""
        reading = asyncio.create_task(self._read())
        staying = asyncio.create_task(self._stay.ended())
        try:
            await asyncio.wait((reading, staying), return_when=asyncio.FIRST_COMPLETED)
            end = reading.result() if reading.done() else staying.result()
        finally:
            for task in (ending := [reading, staying, *self._stay.operations]):
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
        if end is not None:
            await farewell(self._socket.close(end.code, end.reason))

    async def _read(self) -> End | None:
        """Takes messages until the connection ends; how it is to be closed, None if it is."""
        try:
            async with asyncio.timeout(INIT_TIME) as patience:
                while True:
                    await self._take(await read_message(await self._socket.receive()))
                    if self._acknowledged:
                        patience.reschedule(None)
        except TimeoutError:
            return TOO_SLOW
        except ProtocolError as error:
            return error.end
        except ClientGoneError:
            return None
        except Exception as exception:  # noqa: BLE001 - never silence, never foreign text
            masked(exception)
            return DEFECT

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._initialise(optional_payload(message))
            case {"type": "ping"}:
                optional_payload(message)
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                optional_payload(message)
            case {"type": "subscribe", "id": str(id_), "payload": payload} if id_:
                await self._subscribe(id_, payload)
            case {"type": "complete", "id": str(id_)} if id_:
                if (task := self._operations.pop(id_, None)) is not None:
                    task.cancel()
            case _:
                raise ProtocolError(4400, "A message must be one of the protocol's, with all that belongs to it.")

    async def _initialise(self, payload: Mapping[str, Any]) -> None:
        if self._acknowledged:
            raise ProtocolError(4429, "Too many initialisation requests")
        self._headers |= headers_in(payload)
        if self._executor.authenticates:  # a stranger is to hold no connection
            started, name = time.perf_counter(), request_id(self._headers)
            try:
                await self._executor.caller(self._headers, name, self._names)
            except FacadeError as error:
                if error.code is Code.UNAUTHENTICATED:
                    self._finished("websocket", name, started, error)
                    raise ProtocolError(4403, error.message) from None
        self._acknowledged = True
        self._stay.renew()
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, id_: str, payload: Any) -> None:
        if not self._acknowledged:
            raise ProtocolError(4401, "Unauthorized")
        if id_ in self._operations:
            raise ProtocolError(4409, f"Subscriber for {id_} already exists")
        request = subscribe_payload(payload)
        if self._stay.over:
            return  # never begun: who is told to go repeats it on the next connection
        subscriber = Subscriber(id_, self._send)
        busy = too_many() if len(self._stay.operations) >= MOST_OPERATIONS else None if self._door.lets_in() else full()
        if busy is not None:
            await subscriber.end(refused(busy, request_id(self._headers)))
            return
        task = self._operations[id_] = asyncio.create_task(self._operate(request, subscriber))
        self._stay.add(task)

    async def _operate(self, request: GraphQLRequest, subscriber: Subscriber) -> None:
        """Carries out one operation, as `Endpoint` does."""
        started, name = time.perf_counter(), request_id(self._headers)
        span = self._executor.tracer.socket(self._headers) if self._executor.tracer else None
        try:
            work = partial(self._answer, request, subscriber, name, span)
            answer = await guarded(self._door, self._headers, name, work, names=self._names, span=span)
        except (ClientGoneError, asyncio.CancelledError) as end:
            self._finished("graphql", name, started, None, code="CANCELLED", span=span, **subscriber.told)
            if isinstance(end, asyncio.CancelledError):
                raise
        else:
            self._finished(
                answer.method, name, started, answer.failure, asked=answer.asked, span=span, **subscriber.told
            )
            if not subscriber.ended:
                await farewell(subscriber.end(answer))
        finally:
            if self._operations.get(subscriber.id) is asyncio.current_task():
                del self._operations[subscriber.id]

    async def _answer(self, request: GraphQLRequest, subscriber: Subscriber, name: str, span: Span | None) -> Answer:
        try:
            operation = self._executor.operation(request)
            subscriber.told["operation"] = operation.prepared.counted_as
            caller = await self._executor.caller(self._headers, name, self._names, span=span, streams=operation.streams)
            if caller.known is not None:
                subscriber.told["caller"] = caller.known.name
            if operation.streams:
                answer = await self._executor.stream(operation, caller, subscriber)
            else:
                answer = await self._executor.execute(operation, caller)
        except NotExecutedError as error:
            answer = with_errors(400, error.errors, name, span)
        await subscriber.end(answer)
        return answer

    async def _send(self, message: Mapping[str, Any]) -> None:
        """Sends a message when the connection has room for it."""
        try:
            await self._socket.send_text(orjson.dumps(message).decode())
        except WebSocketDisconnect:
            raise ClientGoneError from None
