"""Replacing a user when something goes wrong between deleting and adding it: through a sync, against the sandbox."""

import json
from typing import Any
from urllib.parse import unquote

import grpc
import pytest

from facade import sandbox
from facade.server import Running
from facade.v1 import provisioning_pb2 as pb
from facade.v1 import provisioning_pb2_grpc
from tests.rpc.bidirectional import conversation
from tests.support import set_faults

pytestmark = pytest.mark.anyio

MAIL = "user-002@example.com"
PUT = {"method": "PUT", "path": "/bpm/*"}
DELETE = {"method": "DELETE", "path": "/bpm/*"}


async def replaced(facade: Running, timeout: float = 30, mail: str = MAIL, **user: Any) -> pb.SyncUsersResponse:
    """The result of a sync that changes the name of one user."""
    async with conversation(facade.grpc, provisioning_pb2_grpc.ProvisioningServiceStub, "SyncUsers", timeout) as call:
        await call.write(pb.SyncUsersRequest(options=pb.SyncOptions(replace_changed=True)))
        await call.write(pb.SyncUsersRequest(user=pb.NewUser(mail=mail, cn="New", sn="Name", **user)))
        await call.done_writing()
        answers: list[pb.SyncUsersResponse] = [answer async for answer in call]
    assert list(answers[0].plan.to_replace) == [mail]
    assert answers[2].summary.kept == 249
    return answers[1]


def names(upstream: sandbox.Running) -> dict[str, Any] | None:
    """The user as the upstream has it."""
    user = upstream.state.roster.get(MAIL)
    return None if user is None else dict(user)


def writes(upstream: sandbox.Running) -> list[str]:
    """What was sent to change the account."""
    return [entry.method for entry in upstream.state.log.entries("/bpm/*") if entry.method != "GET"]


async def test_a_user_is_deleted_and_added_again_with_its_flags(facade: Running, upstream: sandbox.Running) -> None:
    before = dict(names(upstream) or {})
    answer = await replaced(facade)
    assert (answer.result.item_id, answer.result.message, answer.result.status.code) == (MAIL, "replaced", 0)
    assert writes(upstream) == ["DELETE", "PUT"]
    assert names(upstream) == before | {"cn": "New", "sn": "Name"}


async def test_who_is_deleted_is_named_as_the_account_names_it(facade: Running, upstream: sandbox.Running) -> None:
    """An upstream for which the case counts would not find the other, which is taken for deleted then."""
    answer = await replaced(facade, mail=MAIL.upper())
    assert (answer.result.item_id, answer.result.message) == (MAIL.upper(), "replaced")
    paths = [unquote(entry.path) for entry in upstream.state.log.entries("/bpm/*") if entry.method == "DELETE"]
    assert [path.rpartition("/")[2] for path in paths] == [MAIL]


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 503}, {"status": 429}, {"status": 502}, {"drop": "before"}],
    ids=str,
)
async def test_an_add_that_fails_is_repeated(facade: Running, upstream: sandbox.Running, fault: dict[str, Any]) -> None:
    await set_faults(upstream.url, PUT | fault | {"times": 2})
    answer = await replaced(facade)
    assert (answer.result.message, answer.result.status.code) == ("replaced", 0)
    assert writes(upstream) == ["DELETE", "PUT", "PUT", "PUT"]
    assert (names(upstream) or {})["cn"] == "New"


async def test_an_add_whose_answer_is_lost_is_found_to_be_done(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, PUT | {"drop": "after", "times": 1})
    answer = await replaced(facade)
    assert (answer.result.message, answer.result.status.code) == ("replaced", 0)
    assert (names(upstream) or {})["cn"] == "New"


async def test_an_add_that_the_upstream_refuses_is_told_as_what_it_is(
    facade: Running, upstream: sandbox.Running
) -> None:
    await set_faults(upstream.url, PUT | {"status": 400})
    answer = await replaced(facade)
    assert answer.result.status.message.startswith("The user was deleted; adding it again failed: The upstream reject")
    assert answer.result.status.code == 3
    assert writes(upstream) == ["DELETE", "PUT"]


async def test_an_add_that_fails_until_the_time_is_over(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, PUT | {"status": 500})
    answer = await replaced(facade, timeout=1.0)
    assert answer.result.status.code in {2, 4}  # the failure, or the end of the time in the midst of a try
    assert answer.result.status.message.startswith("The user was deleted; adding it again failed: ")


async def test_a_delete_that_fails_leaves_the_user_alone(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, DELETE | {"status": 500})
    before = dict(names(upstream) or {})
    await replaced(facade)
    # A failure that says nothing may have taken effect: the add finds out that it has not.
    assert writes(upstream) == ["DELETE", "PUT"]
    assert names(upstream) == before


async def test_a_delete_whose_answer_is_lost_is_followed_by_the_add(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, DELETE | {"drop": "after", "times": 1})
    answer = await replaced(facade)
    assert (answer.result.message, answer.result.status.code) == ("replaced", 0)
    assert (names(upstream) or {})["cn"] == "New"


async def test_two_lost_answers_are_not_taken_for_a_replacement(facade: Running, upstream: sandbox.Running) -> None:
    """The delete was not carried out: who is in the way of the add is the old user, and not that of an add before."""
    before = dict(names(upstream) or {})
    await set_faults(upstream.url, DELETE | {"drop": "before"}, PUT | {"drop": "before", "times": 1})
    answer = await replaced(facade)
    assert writes(upstream) == ["DELETE", "PUT", "PUT"]
    assert names(upstream) == before
    assert (answer.result.message, answer.result.status.code) == ("", grpc.StatusCode.UNKNOWN.value[0])


async def test_running_it_again_finishes_what_was_interrupted(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, PUT | {"status": 400})
    await replaced(facade)
    assert names(upstream) is None
    await set_faults(upstream.url)
    async with conversation(facade.grpc, provisioning_pb2_grpc.ProvisioningServiceStub, "SyncUsers") as call:
        await call.write(pb.SyncUsersRequest(options=pb.SyncOptions(replace_changed=True)))
        await call.write(pb.SyncUsersRequest(user=pb.NewUser(mail=MAIL, cn="New", sn="Name")))
        await call.done_writing()
        answers = [answer async for answer in call]
    assert [answer.WhichOneof("message") for answer in answers] == ["plan", "result", "summary"]
    assert answers[1].result.message == "added"
    puts = [json.loads(entry.body) for entry in upstream.state.log.entries("/bpm/*") if entry.method == "PUT"]
    assert puts[-1] == {"mail": MAIL, "cn": "New", "sn": "Name"}
