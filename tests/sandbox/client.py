"""Calls a sandbox in the same process, without a cookie jar and without a connection pool."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.applications import Starlette

from facade.sandbox.state import State

API = ("api@example.com", "sandbox")
USER = ("user@example.com", "sandbox")
USERS = "/bpm/portal/rest/v1/UserProvisioningService.json"


class Client:
    def __init__(self, app: Starlette) -> None:
        self.state: State = app.state.sandbox
        self._transport = httpx.ASGITransport(app)

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        basic: tuple[str, str] | None = None,
        token: str | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        sent = httpx.Headers(headers)
        if basic is not None:
            sent["authorization"] = authorization(basic)
        if token is not None:
            sent["cookie"] = f"access_token={token}"
        request = httpx.Request(method, f"http://sandbox{path}", headers=sent, json=json, content=content)
        response = await self._transport.handle_async_request(request)
        await response.aread()
        return response

    async def login(self, basic: tuple[str, str] = API) -> str:
        answer = await self("POST", "/api/v1/user/token", basic=basic)
        token: str = answer.json()["data"]["access_token"]
        return token

    async def faults(self, *faults: dict[str, Any]) -> httpx.Response:
        return await self("PUT", "/sandbox/faults", json=list(faults))

    async def log(self, query: str = "") -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = (await self.log_page(query))["requests"]
        return entries

    async def log_page(self, query: str = "") -> dict[str, Any]:
        page: dict[str, Any] = (await self("GET", f"/sandbox/requests{query}")).json()
        return page


def authorization(basic: tuple[str, str]) -> str:
    request = next(httpx.BasicAuth(*basic).auth_flow(httpx.Request("GET", "http://sandbox")))
    return request.headers["authorization"]
