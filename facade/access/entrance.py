"""Where the requests of both faces come in, if the facade authenticates its callers.

    x-api-key              the caller's key, or
    authorization          Bearer <JWT>; it is the facade's, and never passed on
    (a certificate)        of the connection, where neither header is sent
    x-iem-authorization    the caller's credentials for Publish and Integration, unless the facade has its own
    x-bpm-authorization    the same for BPM

Cookies are not read: browsers send them with what pages of other sites ask for.
"""

from collections.abc import Iterable, Mapping, Sequence

from facade.access.callers import Callers
from facade.access.own import Owned
from facade.access.tokens import Tokens
from facade.caller import Caller, Known, Limits
from facade.errors import Code, FacadeError, Reason, invalid
from facade.renewal import Kept
from facade.traces.span import Span


class Entrance:
    """Makes the Caller of a request.

    Args:
        callers: who may call.
        tokens: checks tokens, or None where there are no keys to check them with.
        owned: the facade's own credentials.

    """

    def __init__(self, callers: Kept[Callers], tokens: Tokens | None, owned: Kept[Owned]) -> None:
        self._callers = callers
        self._tokens = tokens
        self._owned = owned

    async def caller(
        self,
        headers: Mapping[str, Sequence[str]],
        asked: float | None,
        limits: Limits,
        request_id: str,
        names: Sequence[str] = (),
        *,
        span: Span | None = None,
    ) -> Caller:
        """The caller that `headers` describe (see `Caller.of`), authenticated.

        `names` are those of the certificate that the client has shown and that was verified, if any. UNAUTHENTICATED
        if it is nobody who is known; INVALID_ARGUMENT for credentials for an upstream for which the facade has its own.
        """
        known = await self._known(headers, names)
        if span is not None:
            span.trace.known()
        owned = self._owned.current()
        passed_on = {}
        for name, own in (("x-iem-authorization", owned.iem), ("x-bpm-authorization", owned.bpm)):
            if name in headers:
                if own is not None:
                    raise invalid(name, "must not be sent: the facade has its own credentials for this upstream")
                passed_on[name] = headers[name]
        theirs = Caller.of(passed_on, asked, limits, request_id)
        iem, bpm = owned.iem or theirs.iem, owned.bpm or theirs.bpm
        return Caller(iem, bpm, theirs.deadline, request_id, known=known, span=span)

    async def _known(self, headers: Mapping[str, Sequence[str]], names: Sequence[str]) -> Known:
        keys, bearers = headers.get("x-api-key", ()), headers.get("authorization", ())
        if len(keys) + len(bearers) > 1:
            raise stranger("Send one x-api-key or one authorization, not several.")
        callers = self._callers.current()
        if keys:
            known = callers.with_key(keys[0])
        elif bearers:
            known = callers.subjects.get(await self._subject(bearers[0]) or "")
        elif names:
            shown = {known.name: known for name in names if (known := callers.certificates.get(name))}
            known = shown.popitem()[1] if len(shown) == 1 else None
        else:
            raise stranger(f"Send {self._wanted()}.")
        if known is None:
            raise stranger("The credentials are not those of a caller who is known here.")
        return known

    async def _subject(self, authorization: str) -> str | None:
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or self._tokens is None:
            raise stranger(f"authorization is not of a kind that is taken here: send {self._wanted()}.")
        return await self._tokens.subject(token.strip())

    def _wanted(self) -> str:
        return "x-api-key" if self._tokens is None else "x-api-key, or authorization: Bearer"


def permit(caller: Caller, operations: Iterable[str]) -> None:
    """PERMISSION_DENIED if a caller who is known may not call one of the operations."""
    if caller.known is not None:
        for operation in operations:
            if operation not in caller.known.operations:
                text = f"{caller.known.name} may not call {operation}."
                raise FacadeError(Code.PERMISSION_DENIED, Reason.OPERATION_NOT_ALLOWED, text)


def stranger(message: str) -> FacadeError:
    """Somebody who is not authenticated."""
    return FacadeError(Code.UNAUTHENTICATED, Reason.CALLER_NOT_AUTHENTICATED, message)
