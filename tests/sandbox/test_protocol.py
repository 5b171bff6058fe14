import pytest

from facade.sandbox import Running
from tests.sandbox.tcp import HEALTH, HEALTH_AND_CLOSE, connected, control, exchange, log_when


async def test_a_connection_is_kept(sandbox: Running) -> None:
    async with connected(sandbox) as (reader, writer):
        for _ in range(3):
            writer.write(HEALTH)
            await reader.readuntil(b"running" + b'"}')

        assert (await control(sandbox, "GET", "requests"))["connections"] == 1
    assert (await log_when(sandbox, "connections", 0))["most_in_flight"] == 1


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_drop_is_a_reset_without_a_byte(sandbox: Running, drop: str, caplog: pytest.LogCaptureFixture) -> None:
    await control(sandbox, "PUT", "faults", [{"drop": drop, "delay": 0.001}])

    async with connected(sandbox, HEALTH) as (reader, _):
        with pytest.raises(ConnectionResetError):
            await reader.read(1)

    (entry,) = (await log_when(sandbox, "in_flight", 0))["requests"]
    assert (entry["status"], entry["fault"], entry["client_gone"]) == (None, 0, False)
    assert entry["carried_out"] is (drop == "after")
    assert entry["finished"] is not None
    assert caplog.records == [], "the server does not complain"


@pytest.mark.parametrize("size", [0, 5, 1000])
async def test_truncation_cuts_below_the_full_length(sandbox: Running, size: int) -> None:
    whole = await exchange(sandbox, HEALTH_AND_CLOSE)
    await control(sandbox, "PUT", "faults", [{"truncate": size}])

    answer = await exchange(sandbox, HEALTH)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: 28" in head
    assert body == whole.partition(b"\r\n\r\n")[2][:size]


@pytest.mark.parametrize("status", [200, 204, 304, 418, 599, 600, 999])
async def test_any_status_can_be_sent(sandbox: Running, status: int) -> None:
    await control(sandbox, "PUT", "faults", [{"status": status, "body": "body"}])

    answer = await exchange(sandbox, HEALTH_AND_CLOSE)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.endswith(b"\r\n\r\nbody")


async def test_a_client_that_leaves_during_a_delay_is_seen_at_once(sandbox: Running) -> None:
    await control(sandbox, "PUT", "faults", [{"delay": 3600}])
    async with connected(sandbox, HEALTH):
        running_entry = (await log_when(sandbox, "in_flight", 1))["requests"][0]
        assert running_entry["finished"] is None

    (entry,) = (await log_when(sandbox, "in_flight", 0))["requests"]
    assert (entry["client_gone"], entry["status"]) == (True, None)
    assert entry["finished"] - entry["started"] < 60


async def test_requests_in_flight_are_counted(sandbox: Running) -> None:
    await control(sandbox, "PUT", "faults", [{"delay": 3600}])
    async with connected(sandbox, HEALTH), connected(sandbox, HEALTH), connected(sandbox):
        log = await log_when(sandbox, "in_flight", 2)
        assert (log["most_in_flight"], log["connections"]) == (2, 3)

    await log_when(sandbox, "in_flight", 0)
    assert (await control(sandbox, "DELETE", "requests")) == {"cleared": 2}
    assert (await control(sandbox, "GET", "requests"))["most_in_flight"] == 0
