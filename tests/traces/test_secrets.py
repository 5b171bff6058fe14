"""No secret, no payload and no address of a user is in what a collector is sent, whatever is asked and goes wrong."""

from typing import Any

import pytest

from tests.catalogue import canary
from tests.catalogue.stand import standing
from tests.catalogue.test_canaries import arguments
from tests.faces.client import Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rows import ARGUMENTS
from tests.faces.stack import FACES
from tests.support import set_faults
from tests.traces.collector import collecting

pytestmark = pytest.mark.anyio

WRITTEN = {"headers": {"Set-Cookie": list(canary.COOKIES)}, "body": canary.SENTENCE}
FAULTS: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "500": [{"path": "/[bgp]*", "status": 500, **WRITTEN}],
    "no JSON": [{"path": "/[bgp]*", "status": 200, **WRITTEN}],
}
DOCUMENT = f'query Q($m: String!) {{ user(mail: $m) {{ mail }} x: user(mail: "{canary.WORD}@example.com") {{ mail }} }}'


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_nothing_that_is_secret_is_in_a_trace(fault: str, name: str) -> None:
    more: dict[str, Any] = {"default_timeout": 2.0, "bulk_timeout": 2.0}
    async with collecting() as collector, standing(traces_endpoint=collector.url, **more) as stand:
        await set_faults(stand.upstream.url, *FAULTS[fault])
        face = stand.faces[name]
        asked = arguments(face) | {"GetUser": {"mail": f"{canary.WORD}@example.com"}}
        asked |= {"GenerateToken": {"email": canary.EMAIL, "password": canary.PASSWORD}}
        for headers in (canary.HEADERS, {"authorization": f"Bearer {canary.TOKEN}"}, {"authorization": canary.TOKEN}):
            for operation, given in asked.items():
                try:
                    await face.call(operation, given, headers)
                except Failure:
                    continue
        if isinstance(face, GraphqlFace):
            await face.execute(DOCUMENT, {"m": canary.EMAIL}, canary.HEADERS)
            await face.execute(f"{{ {canary.WORD} }}", {}, canary.HEADERS)
    bodies = b" ".join(body for _, body in collector.requests).decode("latin-1")
    assert len(collector.spans) > len(asked)
    assert canary.leaked(bodies) == []
    for payload in ("@example.com", "sandbox", ARGUMENTS["CreateUser"]["user"]["mail"], "web-1", "user("):
        assert payload not in bodies
