from typing import Any

import pytest

from tests.sandbox.client import Client


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"stauts": 500}, "faults[1].stauts: unknown key"),
        ({"remaining": 1}, "faults[1].remaining: unknown key"),
        ({"method": 1}, "faults[1].method: "),
        ({"path": ["/"]}, "faults[1].path: "),
        ({"match": {"a": 1}}, "faults[1].match: "),
        ({"status": "500"}, "faults[1].status: "),
        ({"status": 99}, "faults[1].status: "),
        ({"status": 1000}, "faults[1].status: "),
        ({"status": True}, "faults[1].status: "),
        ({"headers": []}, "faults[1].headers: "),
        ({"headers": {"a b": "c"}}, "faults[1].headers: "),
        ({"headers": {"a": "b\r\nc: d"}}, "faults[1].headers: "),
        ({"headers": {"a": "€"}}, "faults[1].headers: "),
        ({"headers": {"a": 1}}, "faults[1].headers: "),
        ({"headers": {"a": ["b", 1]}}, "faults[1].headers: "),
        ({"headers": {"Content-Length": "1"}}, "faults[1].headers: "),
        ({"delay": -1}, "faults[1].delay: "),
        ({"delay": "1"}, "faults[1].delay: "),
        ({"delay": True}, "faults[1].delay: "),
        ({"drop": "during"}, "faults[1].drop: "),
        ({"drop": None}, "faults[1].drop: "),
        ({"drop": ["before"]}, "faults[1].drop: "),
        ({"truncate": -1}, "faults[1].truncate: "),
        ({"times": 0}, "faults[1].times: "),
        ({"times": 1.5}, "faults[1].times: "),
        ({"apply": 1}, "faults[1].apply: "),
        ("drop", "faults[1]: "),
    ],
    ids=str,
)
async def test_a_fault_that_is_not_understood_is_refused_by_name(client: Client, fault: Any, named: str) -> None:
    await client.faults({"status": 418})

    answer = await client.faults({}, fault)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(named)
    assert (await client("GET", "/publish/healthcheck")).status_code == 418, "the faults before are still in force"


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'"x"', b'{"faults":{}}', b'{"faults":[],"x":1}'])
async def test_what_is_no_list_of_faults_is_refused(client: Client, body: bytes) -> None:
    answer = await client("PUT", "/sandbox/faults", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the body must be ")
