"""Documents that are no upstream's operation."""

import asyncio

import httpx
import pytest

from facade.upstreams import document
from facade.upstreams.document import fetched
from tests.transports import Gated, running_api
from tests.upstreams.doubles import Recorder, answer

URL = "https://issuer.test/keys?a=b"


async def test_the_body_is_asked_for_without_credentials() -> None:
    site = Recorder(answer(200, b"{}"))

    assert await fetched(site, URL) == b"{}"
    assert str(site.only.url) == URL
    assert not {"authorization", "cookie"} & site.only.headers.keys()


@pytest.mark.parametrize("status", [204, 301, 404, 500])
async def test_another_status_is_no_document_and_is_not_followed(status: int) -> None:
    site = Recorder(answer(status, b"canary", {"location": "https://other.test/"}))

    with pytest.raises(ConnectionError, match=f"answers with HTTP status {status}$"):
        await fetched(site, URL)
    assert len(site.requests) == 1


async def test_a_connection_that_fails_is_told_without_its_own_words() -> None:
    with pytest.raises(ConnectionError, match=r"does not answer \(ConnectError\)$"):
        await fetched(Recorder(httpx.ConnectError("canary")), URL)


async def test_one_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "TIMEOUT", 0.01)
    site = Gated(running_api)

    async with asyncio.timeout(30):
        with pytest.raises(ConnectionError, match=r"does not answer \(TimeoutError\)$"):
            await fetched(site, URL)
    assert site.cancelled == 1
