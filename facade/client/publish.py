"""`facade publish`: a file of records through one PublishStream.

No more than a window's worth of items is under way, so that memory stays flat and an interruption leaves little in
doubt. Nothing is sent twice: an item whose result is lost is `unknown`, and only `--resend-unknown` sends it again.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any, TypeAlias

import grpc

from facade.client.connection import connected, target
from facade.client.credentials import basic_or_token
from facade.client.failure import CallError, StoppedError, call_error
from facade.client.lines import count, lines, opened
from facade.client.mark import Mark
from facade.client.outcomes import lost, outcome
from facade.client.read_records import RecordReader
from facade.client.report import Report
from facade.client.resume import earlier, outcome_file
from facade.client.source import Source, refused
from facade.client.stop import Stop
from facade.v1 import publish_pb2 as pb
from facade.v1.publish_pb2_grpc import PublishServiceStub

WINDOW = 256  # items under way: some for the facade to send, some for it to take next
# Quoted: grpc is generic in its types alone.
Call: TypeAlias = "grpc.aio.StreamStreamCall[Any, Any]"


def publish(options: argparse.Namespace) -> int:
    """Publishes the lines of a file; the exit status."""
    with opened(options.file) as number:
        before = earlier(options.resume)
        mark = Mark(options.outcomes or options.resume, options.resume)
        reader = RecordReader(options.kind, options.id_field)
        source = Source(reader, before, mark, resend=options.resend_unknown)
        total = count(number)
        left = None if total is None else max(total - source.done - source.in_doubt, 0)
        credentials = basic_or_token()

        async def run() -> int:
            async with connected(target(options)) as channel:
                with Stop.on_interrupt() as stop, Report.opened("publish", left, "record", file) as report:
                    report.skip(source.done)
                    stub: Any = PublishServiceStub(channel)  # whose type wants an iterator of requests: we write
                    call: Call = stub.PublishStream(metadata=credentials.metadata, timeout=options.timeout)
                    await Publishing(call, report, stop).run(source.items(lines(number, stop), report))
            if not (stop.asked or report.given_up):
                mark.finish()
            status = report.status(stop)
            if source.in_doubt and not stop.asked:
                text = f"{source.in_doubt} that may have been published are not sent again without --resend-unknown"
                raise StoppedError(text)
            return status

        with outcome_file(options, before) as file, mark:
            return asyncio.run(run())


class Publishing:
    """One stream."""

    def __init__(self, call: Call, report: Report, stop: Stop) -> None:
        self._call = call
        self._report = report
        self._stop = stop
        self._under_way: set[str] = set()
        self._room = asyncio.Event()

    async def run(self, items: AsyncGenerator[pb.PublishItem, None]) -> None:
        """Sends the items and takes their results. CallError if the stream ends before."""
        sending = asyncio.create_task(self._send(items))
        failure = None
        try:
            async for response in self._call:
                self._answered(response.result)
            if self._under_way:
                raise CallError("The stream ended before all results had come.", "INTERNAL")
            await sending
        except grpc.aio.AioRpcError as error:
            failure = call_error(error)
            raise failure from None
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await sending
            self._call.cancel()
            for item_id in sorted(self._under_way):
                self._report.take(lost(item_id, failure), told=False)

    def _answered(self, result: Any) -> None:
        if result.item_id in self._under_way:
            self._under_way.remove(result.item_id)
            self._report.take(outcome(result.item_id, result))
        if len(self._under_way) <= WINDOW // 2:
            self._room.set()

    async def _send(self, items: AsyncGenerator[pb.PublishItem, None]) -> None:
        """Writes the items; the end of the stream ends it, and its error is the reader's to tell."""
        async with aclosing(items) as given:
            try:
                async for item in given:
                    if item.item_id in self._under_way:
                        self._report.take(refused(item.item_id, "has the id of another item that is under way"))
                        continue
                    if not await self._may_send():
                        break
                    self._under_way.add(item.item_id)
                    await self._call.write(pb.PublishStreamRequest(item=item))
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                return
            finally:
                with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
                    await self._call.done_writing()

    async def _may_send(self) -> bool:
        """Waits for room. False if nothing more is to be sent."""
        if len(self._under_way) >= WINDOW:
            self._room.clear()
            await self._stop.or_until(self._room)
        return not (self._stop.asked or self._report.given_up)
