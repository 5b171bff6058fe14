"""Callers who are authenticated: what is gRPC's alone."""

import logging
from pathlib import Path

import pytest

from facade import sandbox
from facade.server import running
from tests.access.files import HEADERS, OWN, billing, callers
from tests.rpc.flood import EMPTY, flood, head
from tests.rpc.http2 import DATA, END_STREAM, INITIAL_WINDOW_SETTING, SETTINGS, frame
from tests.support import quiet, settings_for, until

pytestmark = pytest.mark.anyio

LONG = 30.0  # seconds
STREAM_USERS = "/facade.v1.ProvisioningService/StreamUsers"
NO_WINDOW = frame(SETTINGS, 0, 0, INITIAL_WINDOW_SETTING.to_bytes(2, "big") + bytes(4))


@pytest.mark.case("H13")
async def test_a_known_caller_who_leaves_while_its_stream_waits_for_room_is_named_in_the_log(
    upstream: sandbox.Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade.request")
    settings = settings_for(upstream.url, callers=callers(tmp_path, billing()), **OWN)
    async with running(settings) as started:
        async with flood(started.grpc) as connection:
            await connection.send(NO_WINDOW)
            stream = await connection.open(head(started.grpc, HEADERS, path=STREAM_USERS))
            await connection.send(frame(DATA, END_STREAM, stream, EMPTY))
            await until(lambda: started.door.in_flight == 1, LONG)
            await until(quiet(lambda: started.door.in_flight), LONG)
        await until(lambda: started.door.in_flight == 0, LONG)
    (line,) = [record for record in caplog.records if record.name == "facade.request"]
    assert (line.__dict__["code"], line.__dict__["caller"]) == ("CANCELLED", "billing")
