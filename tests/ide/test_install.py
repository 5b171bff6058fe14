"""`facade ide install`: from a registry, from a file, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from facade.cli import main
from facade.ide import cache, package, registry
from facade.ide.package import FILE, NAME, VERSION, ArchiveError, integrity
from tests.ide.archives import archive

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def serving(status: str, body: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """A registry that answers everything alike: its URL, and the paths that it was asked for."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.split()[1].decode())
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/npm/", asked


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> bytes:
    """A small archive is the wanted one, and the cache is nobody's."""
    wanted = integrity(archive())
    monkeypatch.setattr(package.checked, "__defaults__", (wanted,))
    monkeypatch.setattr(cache.kept, "__defaults__", (wanted,))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return archive()


async def install(*arguments: str) -> int:
    return await asyncio.to_thread(main, ["ide", "install", *arguments])


async def test_it_comes_from_the_registry_that_npm_is_configured_with(
    small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving("200 OK", small) as (url, asked):
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", url)
        monkeypatch.delenv("npm_config_registry", raising=False)
        assert await install() == 0
        kept = tmp_path / "cache" / "facade" / "ide" / FILE
        assert kept.read_bytes() == small
        assert capsys.readouterr().out == f"{NAME} {VERSION} is in {kept}\n"
        assert await install() == 0
        assert "already" in capsys.readouterr().out
    assert asked == [f"/npm/{NAME}/-/{FILE}"]


async def test_it_comes_from_a_file(small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACADE_IDE_DIRECTORY", str(tmp_path / "own"))
    (tmp_path / "brought.tgz").write_bytes(small)
    assert await install("--file", str(tmp_path / "brought.tgz")) == 0
    assert [path.name for path in (tmp_path / "own").iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [("200 OK", b"another", "SHA-512"), ("404 Not Found", b"", "answers 404"), ("401 Unauthorized", b"", "--file")],
)
async def test_what_it_gets_instead_is_told_in_a_line_and_not_kept(
    status: str, body: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(status, body) as (url, _):
        assert await install("--registry", url) == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert shown.count("\n") == 1
    assert not (tmp_path / "cache").exists()


async def test_a_registry_that_is_not_there_is_told_without_the_credentials_of_its_url(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await install("--registry", "http://user:canary@127.0.0.1:1/npm") == 2
    shown = capsys.readouterr().err
    assert "cannot be reached" in shown
    assert "canary" not in shown


@pytest.mark.parametrize("url", ["file:///etc", "registry.example.com", "http://[::1"])
def test_a_registry_is_reached_by_http(url: str) -> None:
    with pytest.raises(ArchiveError, match="must be a URL"):
        registry.fetched(url)


@pytest.mark.parametrize("path", ["none.tgz", "."])
async def test_a_file_that_cannot_be_read_is_told(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await install("--file", str(tmp_path / path)) == 2
    assert capsys.readouterr().err.startswith("facade: ide install: ")


async def test_a_cache_that_cannot_be_written_is_told(
    small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "brought.tgz").write_bytes(small)
    monkeypatch.setenv("FACADE_IDE_DIRECTORY", str(tmp_path / "brought.tgz"))
    assert await install("--file", str(tmp_path / "brought.tgz")) == 2
    assert str(tmp_path / "brought.tgz") in capsys.readouterr().err


def test_what_npm_says_of_itself_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    npm = tmp_path / "npm"
    npm.write_text('#!/bin/sh\n[ "$*" = "config get registry" ] && echo https://npm.example.com/\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert registry.configured() == "https://npm.example.com/"
    npm.write_text("#!/bin/sh\nexit 1\n")
    assert registry.configured() == registry.PUBLIC
    npm.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert registry.configured() == registry.PUBLIC
