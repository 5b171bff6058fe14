"""Jobs at a lane, without an engine: what they do with their places is the test's to say."""

from facade.bulk.lane import Lane
from facade.bulk.shares import Share

PATIENCE = 1000.0  # seconds; no test waits for it


class Eager:
    """A job that always wants a place more, and gives places back when the test says so."""

    def __init__(self, lane: Lane, caller: str, log: list[str] | None = None) -> None:
        self.lane = lane
        self.caller = caller
        self.share: Share = lane.join(caller)
        self.held = 0
        self.served = 0
        self.wants = True
        self._log = log if log is not None else []

    def start(self) -> None:
        """Waits for its first place."""
        self.lane.wait(self.share, self.granted)

    def granted(self) -> None:
        """Has a place, and waits for the next."""
        self.held += 1
        self.served += 1
        self._log.append(self.caller)
        if self.wants:
            self.lane.wait(self.share, self.granted)

    def give_back(self) -> None:
        """Gives one place back."""
        self.held -= 1
        self.lane.give_back(self.share)


def turns(jobs: list[Eager], count: int, log: list[str]) -> list[str]:
    """Who is granted the next `count` places, one place given back at a time by whoever has had it longest."""
    held: list[Eager] = [job for job in jobs for _ in range(job.held)]
    by_caller = {job.caller: job for job in jobs}
    start = len(log)
    while len(log) - start < count:
        before = len(log)
        held.pop(0).give_back()
        held += [by_caller[caller] for caller in log[before:]]
    return log[start : start + count]
