"""Every row of the tables of failure, on both faces, told alike."""

import logging

import httpx
import pytest

from facade.errors import Code, Reason
from tests.faces.client import Failure
from tests.faces.more_rows import BODIES, OURS, WITHOUT_ANSWER
from tests.faces.rows import ARGUMENTS, BY_OPERATION, BY_STATUS, KNOWN_ANSWERS, Row
from tests.faces.stack import FACES, standing
from tests.metrics.reading import ends
from tests.support import set_faults

pytestmark = pytest.mark.anyio

ROWS = [*KNOWN_ANSWERS, *BY_STATUS, *BY_OPERATION, *WITHOUT_ANSWER, *BODIES, *OURS]
LONG_PAGE = {"grpc": {"page_size": 150}, "graphql": {"first": 150}}


@pytest.mark.case("D01", "D06", "D12")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
async def test_a_failure_is_told_as_the_table_says(name: str, row: Row) -> None:
    async with standing(name, **row.settings) as stack:
        if row.faults:
            await set_faults(stack.upstream.url, *row.faults)
        await row.prepare(stack)
        arguments = LONG_PAGE[name] if row.reason is Reason.LIST_CHANGED else row.arguments or ARGUMENTS[row.operation]

        with pytest.raises(Failure) as caught:
            await stack.face.call(row.operation, arguments, row.headers)

        failure = caught.value
        counted = {key[2:] for key in ends(stack.facade) if key[0] == name}
    assert (row.code, row.reason) in counted
    assert (failure.code, failure.reason) == (row.code, row.reason)
    assert (failure.upstream, failure.upstream_status) == (row.upstream, row.status)
    assert failure.request_id
    assert "canary" not in failure.message
    assert failure.retryable in {row.retryable, None}


@pytest.mark.parametrize("name", FACES)
async def test_a_defect_is_told_in_one_fixed_sentence(name: str, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        raise RuntimeError("canary")

    async with standing(name, transport=httpx.MockTransport(broken)) as stack:
        with pytest.raises(Failure) as caught, caplog.at_level(logging.ERROR):
            await stack.face.call("GetUser", ARGUMENTS["GetUser"])

    assert (caught.value.code, caught.value.reason) == (Code.INTERNAL, Reason.INTERNAL)
    assert caught.value.message == "Internal error. The request id identifies it in the log."
    assert "canary" in caplog.text


def test_every_code_and_every_reason_is_shown_on_both_faces() -> None:
    shown = [(row.code, row.reason) for row in ROWS] + [(Code.INTERNAL, Reason.INTERNAL)]
    shown.append((Code.ABORTED, Reason.NOT_ATTEMPTED))  # an item's, never a call's: see test_bulk.py
    shown.append((Code.NOT_FOUND, Reason.PERSISTED_QUERY_NOT_FOUND))  # GraphQL's alone: see graphql/test_persisted.py
    shown.append((Code.INVALID_ARGUMENT, Reason.QUERY_TOO_LARGE))  # as above: see graphql/test_extent.py
    shown.append((Code.PERMISSION_DENIED, Reason.QUERY_NOT_TRUSTED))  # as above: see graphql/test_trusted.py

    # Of callers who are authenticated: see test_known_callers.py.
    shown += [(Code.UNAUTHENTICATED, Reason.CALLER_NOT_AUTHENTICATED)]
    shown += [(Code.PERMISSION_DENIED, Reason.OPERATION_NOT_ALLOWED)]

    assert {code for code, _ in shown} == set(Code)
    assert {reason for _, reason in shown} == set(Reason)


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    ("operation", "arguments"), [(row.operation, row.arguments) for row in KNOWN_ANSWERS if not row.headers]
)
async def test_without_credentials_no_upstream_is_called(
    name: str, operation: str, arguments: dict[str, object] | None
) -> None:
    async with standing(name) as stack:
        with pytest.raises(Failure, match="MISSING_CREDENTIALS"):
            await stack.face.call(operation, arguments or ARGUMENTS[operation], {})

        assert not stack.upstream.state.log.entries()
