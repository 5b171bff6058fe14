"""How a facade is called with the generated client."""

from base64 import b64encode
from typing import Any, cast

import httpx
from generated import Client
from generated.async_base_client import HttpClient, Response
from generated.exceptions import GraphQLClientGraphQLMultiError

Headers = dict[str, str]

PATIENCE = 120.0  # seconds; the facade itself gives up after 30, or as `x-request-timeout` says
# With this type each status comes with a GraphQL answer: 400 for a document that is wrong, 401 for a caller.
ANSWER = {"accept": "application/graphql-response+json"}


class Session(Client):
    """The generated client of one caller.

    A call raises GraphQLClientGraphQLMultiError if the answer has errors, even beside data. Each of its `errors` has
    `extensions` with `code`, `reason`, `retryable` and more; its `data` is what there is nevertheless.

    Args:
        address: host and port of the facade's HTTP face.
        headers: of each request: who calls, and what else facade knows, such as `x-request-timeout`.

    """

    def __init__(self, address: str, headers: Headers) -> None:
        super().__init__(
            url=f"http://{address}/graphql",
            # The generated protocol would have it take arguments by position, as no caller gives them.
            http_client=cast("HttpClient", httpx.AsyncClient(headers=headers | ANSWER, timeout=PATIENCE)),
            ws_url=f"ws://{address}/graphql",
            ws_headers=headers,
        )

    def get_data(self, response: Response) -> dict[str, Any]:
        """The answer's data. The generated client would not read an answer of another status than 200."""
        answer = response.json()
        if errors := answer.get("errors"):
            raise GraphQLClientGraphQLMultiError.from_errors_dicts(errors, answer.get("data"))
        return cast("dict[str, Any]", answer["data"])

    async def post(self, request: dict[str, Any]) -> dict[str, Any]:
        """The data of a request that is written out."""
        return self.get_data(await self.http_client.post(url=self.url, json=request))


def basic(email: str, password: str) -> Headers:
    """The headers of a caller with these credentials."""
    return {"authorization": "Basic " + b64encode(f"{email}:{password}".encode()).decode()}
