"""What the supervisor and a worker say to each other, over a socket that ends with either of them.

The worker is told its order, in one line, and then nothing more: the end of the connection tells it that the supervisor
is gone. It says that it is ready, and from then on, again and again out of its event loop, that it lives.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from facade.config import ConfigError, Settings
from facade.settings.secrets import revealed

READY = b"R"
ALIVE = b"."


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to do. It goes over the socket, since a command line can be read by everybody.

    Attributes:
        number: which of the workers it is, from 1.
        listener: the file descriptor of the HTTP port's socket, which it inherits.
        beat: seconds between two signs of life.
        settings: the settings as JSON has them.
        of: how many workers there are.
        tally: the file descriptor of the memory in which all count, which it inherits; None if nothing is counted.

    """

    number: int
    listener: int
    beat: float
    settings: dict[str, Any] = field(repr=False)
    of: int = 1
    tally: int | None = None

    def line(self) -> bytes:
        """The order as it is sent."""
        return json.dumps(asdict(self), default=revealed).encode() + b"\n"


def order(line: bytes) -> Order:
    """The order that was sent as this line."""
    return Order(**json.loads(line))


def shared_out(settings: Settings, workers: int) -> list[Settings]:
    """The settings of each worker: what is promised to the upstreams is kept by all of them together.

    ConfigError if there is too little for each to have some. The other limits protect a process, and hold for each.
    """
    whole, rest = divmod(settings.bulk_concurrency, workers)
    if not whole:
        raise ConfigError(f"FACADE_BULK_CONCURRENCY: must be at least the number of workers ({workers}), who share it")
    return [settings.model_copy(update={"bulk_concurrency": whole + (each < rest)}) for each in range(workers)]
