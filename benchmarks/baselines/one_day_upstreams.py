"""The REST APIs as both one-day facades in Python call them: one shared `httpx.AsyncClient`, and a dict of tokens."""

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx

TOKEN = "/api/v1/user/token"  # noqa: S105 - a path
EVENTS = "/publish/allevents"
USERS = "/bpm/portal/rest/v1/UserProvisioningService.json"
PAGE = 100  # the most users in one answer
TIMEOUT = 30.0
CONNECTIONS = 256
UNAUTHORIZED = 401
CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class UpstreamError(Exception):
    """An upstream refused or failed. `status` is its HTTP status, or the one that a proxy would have given."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    @property
    def code(self) -> str:
        """What the status means, on both faces."""
        return CODES.get(self.status, "UNKNOWN")


class Upstreams:
    """The three APIs behind one base URL. Credentials are the caller's `authorization` header, as it came."""

    def __init__(self, base: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=base,
            headers={"accept": "application/json", "content-type": "application/json"},
            timeout=TIMEOUT,
            # httpx keeps 20 idle connections if not told otherwise, and would open new ones all the time.
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            # The Token API sets cookies; a shared client must not send one caller's to another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
        )
        self._tokens: dict[str, str] = {}
        self._login = asyncio.Lock()

    async def publish(self, event: dict[str, Any], authorization: str) -> str:
        """Publishes an event; a token that has expired is fetched anew, once."""
        known = authorization in self._tokens
        try:
            return await self._publish(event, authorization)
        except UpstreamError as error:
            if not (known and error.status == UNAUTHORIZED and error.message == "Invalid access token"):
                raise
        self._tokens.pop(authorization, None)
        return await self._publish(event, authorization)

    async def user(self, mail: str, authorization: str) -> dict[str, Any]:
        """One user."""
        return await self._call("GET", f"{USERS}/{quote(mail, safe='')}", {"authorization": authorization})

    async def users(self, begin: int, size: int, authorization: str) -> dict[str, Any]:
        """One page of users: `users`, `beginIndex`, `totalUsers`."""
        window = f"?beginIndex={begin}&endIndex={begin + size - 1}"
        return await self._call("GET", USERS + window, {"authorization": authorization})

    async def _publish(self, event: dict[str, Any], authorization: str) -> str:
        token = self._tokens.get(authorization) or await self._log_in(authorization)
        answer = await self._call("POST", EVENTS, {"cookie": f"access_token={token}"}, event)
        return str(answer["message"])

    async def _log_in(self, authorization: str) -> str:
        async with self._login:  # callers who come at the same time need one token
            if authorization not in self._tokens:
                answer = await self._call("POST", TOKEN, {"authorization": authorization})
                self._tokens[authorization] = answer["data"]["access_token"]
            return self._tokens[authorization]

    async def _call(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, headers=headers, json=body)
        except httpx.TimeoutException as error:
            raise UpstreamError(504, "The upstream did not answer in time.") from error
        except httpx.TransportError as error:
            raise UpstreamError(502, "The upstream could not be reached.") from error
        try:
            document = response.json()
        except ValueError as error:
            raise UpstreamError(502, "The upstream's answer is not JSON.") from error
        if not response.is_success:
            message = document.get("message") or document.get("error") or document.get("detail")
            raise UpstreamError(response.status_code, message or "The upstream failed.")
        return document  # type: ignore[no-any-return]  # what the API says
