"""Which files are refused, and what is said about them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from facade.errors import ConfigError
from facade.tls import File, Pair, PortFiles, port
from tests.certificates import HERE, Authority, encrypted

CANARY = "canary-7f3a"
AUTHORITY = Authority()
OWN, OTHER = AUTHORITY.issue(*HERE), AUTHORITY.issue(*HERE)
RSA = AUTHORITY.issue(key=generate_private_key(65537, 2048))
SECRET = OWN.key.decode().splitlines()[1]
CERTIFICATE, KEY, CLIENT_CA = "certificate.pem", "key.pem", "client-ca.pem"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / CERTIFICATE).write_bytes(OWN.certificate)
    (tmp_path / KEY).write_bytes(OWN.key)
    (tmp_path / CLIENT_CA).write_bytes(AUTHORITY.pem)
    return tmp_path


def files(folder: Path) -> PortFiles:
    pair = Pair(File("CERTIFICATE", str(folder / CERTIFICATE)), File("KEY", str(folder / KEY)))
    return PortFiles(pair, File("CLIENT_CA", str(folder / CLIENT_CA)))


def test_what_is_right_is_read(folder: Path) -> None:
    read = port(files(folder))
    assert (read.certificate, read.key, read.client_ca) == (OWN.certificate, OWN.key, AUTHORITY.pem)


def test_all_may_be_in_one_file(folder: Path) -> None:
    (folder / CERTIFICATE).write_bytes(OWN.key + OWN.certificate + AUTHORITY.pem)
    both = File("BOTH", str(folder / CERTIFICATE))
    assert port(PortFiles(Pair(both, both), None)).client_ca is None


def test_no_secret_is_in_what_python_shows_of_it(folder: Path) -> None:
    assert SECRET not in repr(port(files(folder)))


GARBAGE = f"{CANARY}\n".encode()
TORN = b"\n".join(OWN.certificate.splitlines()[:4])
DAMAGED = OWN.certificate.replace(b"MII", b"MIJ", 1)
WRONG = {
    "certificate that is text": (CERTIFICATE, GARBAGE, "CERTIFICATE: holds no certificate in PEM"),
    "certificate that is empty": (CERTIFICATE, b"", "CERTIFICATE: holds no certificate in PEM"),
    "certificate that is a key": (CERTIFICATE, OWN.key, "CERTIFICATE: holds no certificate in PEM"),
    "certificate that is half written": (CERTIFICATE, TORN, "CERTIFICATE: holds no certificate in PEM"),
    "certificate that is damaged": (CERTIFICATE, DAMAGED, "CERTIFICATE: holds no certificate in PEM"),
    "key that is text": (KEY, GARBAGE, "KEY: holds no private key in PEM"),
    "key that is empty": (KEY, b"", "KEY: holds no private key in PEM"),
    "key that is a certificate": (KEY, OWN.certificate, "KEY: holds no private key in PEM"),
    "key that is half written": (KEY, OWN.key[:100], "KEY: holds no private key in PEM"),
    "key of another certificate": (KEY, OTHER.key, "KEY: is not the key of CERTIFICATE"),
    "key of another kind": (
        KEY,
        AUTHORITY.issue(key=generate_private_key(65537, 2048)).key,
        "KEY: is not the key of CERTIFICATE",
    ),
    "key with a password": (
        KEY,
        AUTHORITY.issue(*HERE, encryption=encrypted(CANARY.encode())).key,
        "KEY: is encrypted; give the key without a passphrase",
    ),
    "authority that is text": (CLIENT_CA, GARBAGE, "CLIENT_CA: holds no certificate in PEM"),
    "authority that is a key": (CLIENT_CA, OWN.key, "CLIENT_CA: holds no certificate in PEM"),
}


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        port(files(folder))
    text = str(caught.value)
    assert caught.value.__cause__ is None
    assert not [secret for secret in (CANARY, SECRET, str(folder)) if secret in text]
    return text


@pytest.mark.case("J09")
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_in_one_line(wrong: str, folder: Path) -> None:
    name, content, said = WRONG[wrong]
    (folder / name).write_bytes(content)
    assert refusal(folder) == said


def test_a_certificate_that_anybody_can_forge_is_refused(folder: Path) -> None:
    weak = AUTHORITY.issue(*HERE, key=generate_private_key(65537, 1024))
    (folder / CERTIFICATE).write_bytes(weak.certificate)
    (folder / KEY).write_bytes(weak.key)
    assert refusal(folder) == "CERTIFICATE: is too weak for TLS"


def absent(file: Path) -> str:
    file.unlink()
    return "cannot read the file: No such file or directory"


def a_folder(file: Path) -> str:
    file.unlink()
    file.mkdir()
    return "cannot read the file: Is a directory"


@pytest.mark.parametrize("name", [CERTIFICATE, KEY, CLIENT_CA])
@pytest.mark.parametrize("way", [absent, a_folder])
def test_a_file_that_cannot_be_read_is_named(name: str, way: Callable[[Path], str], folder: Path) -> None:
    said = way(folder / name)
    setting = name.removesuffix(".pem").upper().replace("-", "_")
    assert refusal(folder) == f"{setting}: {said}"


@pytest.mark.parametrize("path", [OWN.key.decode(), f"a\0{CANARY}"], ids=["key", "no path"])
def test_the_content_in_place_of_the_path_is_not_repeated(path: str, folder: Path) -> None:
    pair = Pair(File("CERTIFICATE", str(folder / CERTIFICATE)), File("KEY", path))
    with pytest.raises(ConfigError) as caught:
        port(PortFiles(pair, None))
    assert str(caught.value).startswith("KEY: ")
    assert not [secret for secret in (CANARY, SECRET) if secret in str(caught.value) + repr(pair)]
