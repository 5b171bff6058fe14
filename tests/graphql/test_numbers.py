"""Numbers of the JSON scalar arrive upstream as they were sent, or are refused."""

import json

import httpx
import pytest

from facade import sandbox
from facade.server import Running
from tests.graphql.http import JSON
from tests.support import basic

pytestmark = pytest.mark.anyio

VARIABLE = "mutation($m: JSON!) { publishMetric(metric: $m) { message } }"
NUMBERS = ["0", "-1", "0.1", "9223372036854775808", str(2**70), f"-{10**40}", "1e300", "-1.5E+300", "1E-300"]


async def publish(facade: Running, number: str, *, literal: bool) -> httpx.Response:
    """The answer to a metric with this number, as a literal of the document or in a variable."""
    body = json.dumps({"query": VARIABLE})[:-1] + ', "variables": {"m": {"n": ' + number + "}}}"
    if literal:
        body = json.dumps({"query": "mutation { publishMetric(metric: {n: " + number + "}) { message } }"})
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.post("/graphql", content=body, headers=basic() | {"content-type": JSON})


@pytest.mark.parametrize("literal", [True, False], ids=["as a literal", "in a variable"])
@pytest.mark.parametrize("number", NUMBERS)
async def test_a_number_arrives_as_it_was_sent(
    number: str, literal: bool, facade: Running, upstream: sandbox.Running
) -> None:
    assert (await publish(facade, number, literal=literal)).json().keys() == {"data"}
    (entry,) = upstream.state.log.entries("/publish/metrics")
    assert json.loads(entry.body) == {"n": json.loads(number)}


@pytest.mark.parametrize("literal", [True, False], ids=["as a literal", "in a variable"])
@pytest.mark.parametrize("number", ["1e999", "-1E999", "1E+999"])
async def test_a_number_beyond_all_bounds_is_refused(
    number: str, literal: bool, facade: Running, upstream: sandbox.Running
) -> None:
    answer = await publish(facade, number, literal=literal)
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"
    assert upstream.state.log.entries("/publish/metrics") == []
