"""What of an archive is served, and which archives are not touched."""

import pytest

from facade.ide import package
from facade.ide.package import ArchiveError, checked, files, integrity
from tests.ide.archives import FILES, PAGE, archive

DIST = "package/build/dist/"


def test_only_the_files_for_browsers_are_read() -> None:
    found = files(archive())
    assert found.keys() == {"index.html", "main.js", "media/font.woff2", "iframe-sandbox/index.html"}
    assert found["index.html"] == PAGE


def test_another_archive_is_refused() -> None:
    with pytest.raises(ArchiveError, match="SHA-512"):
        checked(archive())
    assert checked(archive(), integrity(archive())) == archive()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../../b", "./a", "a//b"])
def test_a_path_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ArchiveError, match="leads out"):
        files(archive({**FILES, DIST + name: b""}))


def test_links_are_not_followed() -> None:
    assert "link" not in files(archive(links={f"{DIST}link": "/etc/passwd"}))


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_CONTENT", 10_000)
    with pytest.raises(ArchiveError, match="bytes"):
        files(archive({**FILES, "package/elsewhere": bytes(20_000)}))


def test_an_archive_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_FILES", 3)
    with pytest.raises(ArchiveError, match="files"):
        files(archive())


@pytest.mark.parametrize("content", [b"", b"no archive", archive()[:200], archive({"package/package.json": b"{}"})])
def test_what_is_no_archive_of_it_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveError):
        files(content)
