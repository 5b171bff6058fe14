"""Token sessions: the access tokens that the facade fetched for callers who sent Basic credentials."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial

from facade.caller import Basic, Caller, Own
from facade.domain.token import Token
from facade.errors import Code, FacadeError
from facade.meters import UNMETERED
from facade.traces.conventions import LOGIN, WAITING
from facade.traces.span import Span
from facade.upstreams.fingerprints import Fingerprints
from facade.upstreams.spans import within
from facade.upstreams.unanswered import out_of_time

REJECTION_REMEMBERED = 2.0  # seconds for which a wrong password is not tried upstream again
OWN_REJECTION_REMEMBERED = 30.0  # the same for the facade's own, which every request would try


@dataclass(slots=True, eq=False)
class Session:
    """What is known of one pair of credentials."""

    token: str = field(default="", repr=False)
    login: "asyncio.Task[Token] | None" = None
    waiting: int = 0
    span: Span | None = None  # of the login in flight, in the trace of the caller who began it
    rejection: FacadeError | None = None
    rejected_until: float = 0.0


class Sessions:
    """At most `capacity` sessions, the least recently used forgotten first; one login in flight for each.

    Keys are keyed hashes of the whole credentials under a secret made at start: a wrong password never meets the right
    one's session, and the memory holds no password.

    Args:
        log_in: fetches a token.
        capacity: the most sessions kept.
        login_timeout: seconds that a login may take. Its waiters have their own deadlines; it is cancelled when
            the last of them has gone.
        ended: is told how each login ended; see `meters.LOGINS`.

    """

    def __init__(
        self,
        log_in: Callable[[Basic, Caller], Awaitable[Token]],
        *,
        capacity: int,
        login_timeout: float,
        ended: Callable[[str], None] = UNMETERED.login,
    ) -> None:
        self._log_in = log_in
        self._capacity = capacity
        self._login_timeout = login_timeout
        self._ended = ended
        self._fingerprints = Fingerprints()
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    @property
    def kept(self) -> int:
        """Sessions that are kept."""
        return len(self._sessions)

    async def token(self, basic: Basic, caller: Caller) -> str:
        """The session's token, fetched if there is none. UNAUTHENTICATED if the Token API refuses `basic`."""
        session = self._session(basic)
        if session.token:
            return session.token
        if session.rejection is not None and time.monotonic() < session.rejected_until:
            self._ended("remembered")
            raise replace(session.rejection)
        return await self._wait(session, basic, caller)

    def refuse(self, basic: Basic, token: str) -> None:
        """Forgets `token`, which the upstream no longer accepts; a newer one of the session stays."""
        session = self._session(basic)
        if session.token == token:
            session.token = ""

    def _session(self, basic: Basic) -> Session:
        key = self._fingerprints.of(basic)
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = Session()
            if len(self._sessions) > self._capacity:
                self._sessions.popitem(last=False)
        else:
            self._sessions.move_to_end(key)
        return session

    async def _wait(self, session: Session, basic: Basic, caller: Caller) -> str:
        if session.login is None:
            span = session.span = caller.span and caller.span.child(LOGIN)
            fetching = partial(self._fetch, session, basic, caller.request_id, span)
            session.login = asyncio.create_task(within(span, fetching))
            return await self._join(session, session.login, caller)
        joining = partial(self._join, session, session.login, caller)
        span = caller.span and caller.span.child(WAITING, session.span.link() if session.span else b"")
        return await within(span, joining)

    async def _join(self, session: Session, login: "asyncio.Task[Token]", caller: Caller) -> str:
        session.waiting += 1
        caller.ask("token")
        try:
            async with asyncio.timeout_at(caller.deadline):
                return (await asyncio.shield(login)).access_token
        except TimeoutError:
            raise out_of_time("token") from None
        except FacadeError as error:
            raise replace(error) from None  # one exception must not be raised in several tasks
        finally:
            session.waiting -= 1
            if session.waiting == 0 and session.login is login:
                session.login = None
                login.cancel()

    async def _fetch(self, session: Session, basic: Basic, request_id: str, span: Span | None) -> Token:
        login = Caller(None, None, time.monotonic() + self._login_timeout, request_id, span=span)
        try:
            token = await self._log_in(basic, login)
        except FacadeError as error:
            self._ended("rejected" if error.code is Code.UNAUTHENTICATED else "failed")
            if error.code is Code.UNAUTHENTICATED:
                session.rejection = replace(error)  # without the traceback, which holds the password
                remembered = OWN_REJECTION_REMEMBERED if isinstance(basic, Own) else REJECTION_REMEMBERED
                session.rejected_until = time.monotonic() + remembered
            raise
        except asyncio.CancelledError:
            self._ended("cancelled")
            raise
        finally:
            if session.login is asyncio.current_task():
                session.login = None
        self._ended("ok")
        session.token = token.access_token
        session.rejection = None
        return token  # no text: a task's repr shows its result
