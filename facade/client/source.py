"""The items that `facade publish` sends, out of its file: all but those that an earlier run has sent."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from facade.client.mark import Mark
from facade.client.outcomes import Outcome, State
from facade.client.read_records import RecordReader, RefusedError
from facade.client.report import Report
from facade.v1 import publish_pb2 as pb


class Source:
    """Reads items.

    Args:
        reader: of lines.
        before: what an earlier run says about each item.
        mark: how far a run that was killed may have sent.
        resend: whether what may have been published is sent again.

    """

    def __init__(self, reader: RecordReader, before: Mapping[str, State], mark: Mark, *, resend: bool) -> None:
        self._reader = reader
        self._before = before
        self._mark = mark
        self._resend = resend
        states = list(before.values())
        self.done = states.count(State.DONE)
        self.in_doubt = 0 if resend else states.count(State.UNKNOWN)

    async def items(
        self, numbered: AsyncGenerator[tuple[int, bytes], None], report: Report
    ) -> AsyncGenerator[pb.PublishItem, None]:
        """The items to send; a line that is none has its outcome at once."""
        async with aclosing(numbered) as given:
            async for number, line in given:
                try:
                    item = self._reader.read(number, line)
                except RefusedError as error:
                    report.take(refused(error.item_id, error.message))
                    continue
                state = self._before.get(item.item_id)
                if state is None and number <= self._mark.earlier and not self._resend:
                    text = "the run that was killed may have sent it"
                    report.take(Outcome(item.item_id, State.UNKNOWN, message=text))
                elif state is not State.DONE and (state is not State.UNKNOWN or self._resend):
                    self._mark.reached(number)
                    yield item


def refused(item_id: str, message: str) -> Outcome:
    """An item that cannot be sent."""
    return Outcome(item_id, State.REFUSED, "INVALID_ARGUMENT", "INVALID_REQUEST", message)
