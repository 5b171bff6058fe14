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
from facade.client.failure import StoppedError, call_error
from facade.client.lines import count, lines, opened
from facade.client.outcomes import Outcome, State, lost, outcome
from facade.client.read_records import RecordReader, RefusedError
from facade.client.report import Report
from facade.client.resume import earlier, outcome_file
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
        settled = {State.DONE} if options.resend_unknown else {State.DONE, State.UNKNOWN}
        skipped = {item_id for item_id, state in before.items() if state in settled}
        in_doubt = sum(before[item_id] is State.UNKNOWN for item_id in skipped)
        total = count(number)
        credentials = basic_or_token()
        file = outcome_file(options, before)
        reader = RecordReader(options.kind, options.id_field)

        async def run() -> int:
            left = None if total is None else max(total - len(skipped), 0)
            async with connected(target(options)) as channel:
                with Stop.on_interrupt() as stop, Report.opened("publish", left, "record", file) as report:
                    report.skip(len(skipped) - in_doubt)
                    stub: Any = PublishServiceStub(channel)  # whose type wants an iterator of requests: we write
                    call: Call = stub.PublishStream(metadata=credentials.metadata, timeout=options.timeout)
                    items = read(reader, lines(number, stop), skipped, report)
                    await Publishing(call, report, stop).run(items)
            if in_doubt:
                text = f"{in_doubt} records that may have been published are not sent again without --resend-unknown"
                raise StoppedError(text)
            return report.status(stop)

        with file:
            return asyncio.run(run())


async def read(
    reader: RecordReader, numbered: AsyncGenerator[tuple[int, bytes], None], skipped: set[str], report: Report
) -> AsyncGenerator[pb.PublishItem, None]:
    """The items to send; a line that is none has its outcome at once."""
    async with aclosing(numbered) as given:
        async for number, line in given:
            try:
                item = reader.read(number, line)
            except RefusedError as error:
                report.take(Outcome(error.item_id, State.REFUSED, "INVALID_ARGUMENT", "INVALID_REQUEST", error.message))
            else:
                if item.item_id not in skipped:
                    yield item


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
                        self._report.take(double(item.item_id))
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


def double(item_id: str) -> Outcome:
    """An item whose id is that of one that is under way."""
    message = "has the id of another item that is under way"
    return Outcome(item_id, State.REFUSED, "INVALID_ARGUMENT", "INVALID_REQUEST", message)
