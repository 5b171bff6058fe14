"""What one caller may have of the facade: so many requests at a time, and so many a second.

Callers are told apart by a keyed hash of each credential that they send, however they spell it. A request counts for
all that it sends: one that is made up, beside the real one, does not make it another caller's. Where callers are
authenticated, those who send neither of the headers that do so are told apart by the names of their certificates,
beside what else they send: a proxy that shows a certificate of its own does not make one caller of all whose keys it
passes on. Those who send nothing, and show nothing, share one quota.
"""

import secrets
import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from facade.errors import Code, FacadeError, Outcome, Reason

AUTHENTICATING = ("authorization", "x-api-key")
CREDENTIALS = (*AUTHENTICATING, "x-iem-authorization", "x-bpm-authorization")
COOKIE = "access_token"
CERTIFICATE = "certificate\0"  # no header has such a character: no credential looks like a certificate's names
MOST_KEPT = 50_000  # callers whose rate is known; the one not seen for longest is forgotten first
AT_ONCE_PAUSE = 1.0  # seconds after which one who has too many requests is asked to try again

Keys = tuple[bytes, ...]


class Quotas:
    """Counts the requests of each caller.

    Args:
        at_once: requests of a caller at a time, or None for any number.
        rate: requests of a caller a second, in the long run, or None for any number.
        burst: requests that a caller who was silent may send at once, beside the rate.

    """

    def __init__(self, at_once: int | None, rate: float | None = None, burst: int = 1) -> None:
        self._secret = secrets.token_bytes(32)
        self._at_once = at_once
        self._interval = None if rate is None else 1 / rate
        self._allowance = 0.0 if rate is None else (burst - 1) / rate
        self._inside: dict[bytes, int] = {}
        # Of each caller the time at which all that it has sent would have been sent at exactly the rate.
        self._due: OrderedDict[bytes, float] = OrderedDict()

    @property
    def known(self) -> int:
        """Callers who are kept in memory."""
        return len(self._inside.keys() | self._due.keys())

    def take(self, headers: Mapping[str, Sequence[str]], names: Sequence[str] = ()) -> Keys:
        """Counts a request in; what is returned is to be given to `give` at its end. RESOURCE_EXHAUSTED if too many.

        `names` are those of the caller's certificate, where it can tell who calls.
        """
        shown = sent_in(headers, names)
        keys = tuple({blake2b(each.encode(), key=self._secret, digest_size=16).digest() for each in shown})
        if self._at_once is not None:
            for key in keys:
                if self._inside.get(key, 0) >= self._at_once:
                    raise limited(f"A caller can have {self._at_once} requests at a time.", AT_ONCE_PAUSE)
        if self._interval is not None:
            self._spend(keys, self._interval)
        if self._at_once is None:
            return ()
        for key in keys:
            self._inside[key] = self._inside.get(key, 0) + 1
        return keys

    def give(self, keys: Keys) -> None:
        """Counts a request out."""
        for key in keys:
            left = self._inside[key] - 1
            if left:
                self._inside[key] = left
            else:
                del self._inside[key]

    def _spend(self, keys: Keys, interval: float) -> None:
        now = time.monotonic()
        due = [max(self._due.get(key, now), now) for key in keys]
        wait = max(due) - now - self._allowance
        if wait > 0:
            raise limited(f"A caller can send {1 / interval:g} requests a second.", wait)
        for key, time_due in zip(keys, due, strict=True):
            self._due[key] = time_due + interval
            self._due.move_to_end(key)
        while self._due and (len(self._due) > MOST_KEPT or next(iter(self._due.values())) <= now):
            self._due.popitem(last=False)


def sent_in(headers: Mapping[str, Sequence[str]], names: Sequence[str]) -> Iterator[str]:
    """The credentials in the headers (lower-case names), readable or not, and `names` as one where they count.

    "" alone if there are none.
    """
    found = False
    if names and not any(headers.get(name) for name in AUTHENTICATING):
        found = True
        yield CERTIFICATE + "\0".join(names)
    for name in CREDENTIALS:
        for value in headers.get(name, ()):
            found = True
            yield meant(value)
    for cookie in headers.get("cookie", ()):
        for pair in cookie.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                found = True
                yield value
    if not found:
        yield ""


def meant(value: str) -> str:
    """What the value of an authorization header says: a token alone, as the cookie has it; other values as they are.

    Case and blanks, and the bits of base64 that mean nothing, would give a caller as many quotas as it can spell.
    """
    scheme, _, rest = value.strip().partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "bearer":
            return rest
        case "basic":
            try:
                return "basic " + b64decode(rest, validate=True).decode("latin-1")
            except ValueError:
                return f"basic {rest}"
    return value


def limited(message: str, pause: float) -> FacadeError:
    """The refusal of a caller who asks for too much; others are served."""
    return FacadeError(
        Code.RESOURCE_EXHAUSTED, Reason.RATE_LIMITED, message, retry_after=pause, outcome=Outcome.NOT_SENT
    )
