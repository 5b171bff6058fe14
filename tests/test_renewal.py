"""Values out of files: when they are made anew, and when not."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from facade.errors import ConfigError
from facade.renewal import Kept, Renewal, renewing
from tests.support import until

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"
READ, UNUSABLE = "files read anew", "files not usable: what was read before stays"


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "facade.renewal")
    return caplog


class Secret:
    """A file, and how often a value was made of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made = 0
        path.write_text("first")

    def make(self) -> str:
        self.made += 1
        text = self.path.read_text() if self.path.exists() else ""
        if not text:
            raise ConfigError("FACADE_SECRET: cannot be read")
        return text

    def kept(self) -> Kept[str]:
        return Kept("the secret", [str(self.path)], self.make)


@pytest.fixture
def secret(tmp_path: Path) -> Secret:
    return Secret(tmp_path / "secret")


def overwritten(path: Path) -> None:
    path.write_text("other")  # as long as before


def replaced(path: Path) -> None:
    new = path.with_name("new")
    new.write_text("other")
    new.replace(path)


def linked(path: Path) -> None:
    """As Kubernetes does it: the files lie in a folder to which a link leads, and the link is replaced."""
    path.unlink()
    (path.parent / "other").write_text("other")
    path.symlink_to("other")


@pytest.mark.parametrize("change", [overwritten, replaced, linked])
def test_a_file_that_changes_is_read_again_and_once(change: Callable[[Path], None], secret: Secret) -> None:
    kept = secret.kept()
    kept.renew(anyway=False)
    assert (kept.current(), secret.made) == ("first", 1)
    change(secret.path)
    for _ in range(3):
        kept.renew(anyway=False)
    assert (kept.current(), secret.made) == ("other", 2)


def test_on_demand_it_is_read_although_it_has_not_changed(secret: Secret) -> None:
    kept = secret.kept()
    kept.renew(anyway=True)
    assert secret.made == 2


def test_what_cannot_be_used_changes_nothing_is_told_once_and_tried_again(
    secret: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    kept = secret.kept()
    secret.path.unlink()
    for _ in range(3):
        kept.renew(anyway=False)
    assert (kept.current(), secret.made) == ("first", 4)
    assert [(record.message, record.levelname) for record in caplog.records] == [(UNUSABLE, "WARNING")]
    assert caplog.records[0].__dict__["what"] == "the secret"
    assert caplog.records[0].__dict__["why"] == "FACADE_SECRET: cannot be read"
    secret.path.write_text("")
    kept.renew(anyway=False)
    secret.path.write_text("second")
    kept.renew(anyway=False)
    assert kept.current() == "second"
    assert [record.message for record in caplog.records] == [UNUSABLE, UNUSABLE, READ]


def test_what_went_wrong_unexpectedly_is_told_without_a_text_that_might_repeat_the_file(
    secret: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    def make() -> str:
        if secret.path.read_text() == CANARY:
            raise ValueError(CANARY)
        return "made"

    kept = Kept("the secret", [str(secret.path)], make)
    secret.path.write_text(CANARY)
    kept.renew(anyway=False)
    assert kept.current() == "made"
    assert [record.__dict__["why"] for record in caplog.records] == ["ValueError"]
    assert CANARY not in caplog.text


def test_files_that_change_while_they_are_read_are_read_again(secret: Secret) -> None:
    def make() -> str:
        text = secret.make()
        if text == "second":
            secret.path.write_text("third, and longer")
        return text

    kept = Kept("the secret", [str(secret.path)], make)
    secret.path.write_text("second")
    kept.renew(anyway=False)
    assert kept.current() == "first", "a certificate and a key that belong to each other were perhaps not read"
    kept.renew(anyway=False)
    assert kept.current() == "third, and longer"


def test_what_cannot_be_used_at_the_start_stops_it(secret: Secret) -> None:
    secret.path.unlink()
    with pytest.raises(ConfigError):
        secret.kept()


async def test_files_are_looked_at_again_and_again(secret: Secret) -> None:
    kept = secret.kept()
    async with renewing([kept], period=0.01):
        for text in ("second", "third"):
            secret.path.write_text(text)
            await until(lambda text=text: kept.current() == text)  # type: ignore[misc]  # lambda of the turn


async def test_they_are_looked_at_when_somebody_asks(secret: Secret) -> None:
    kept = secret.kept()
    async with renewing([kept]) as renewal:
        for made in (2, 3):
            renewal.now()
            await until(lambda made=made: secret.made == made)  # type: ignore[misc]  # lambda of the turn


async def test_without_files_there_is_nothing_to_do() -> None:
    await Renewal([]).run()
