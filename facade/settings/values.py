"""What a setting may be: each type refuses the rest with a sentence that does not repeat the value."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

PREFIX = "FACADE_"  # of a setting's name in the environment
HIGHEST_PORT = 65535
HOST_NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")


def base_url(value: str) -> str:
    """A URL that paths can be appended to."""
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not value.isprintable() or " " in value:
        raise ValueError("must be a URL such as https://host/path")
    if parts.username is not None or "?" in value or "#" in value:
        raise ValueError("must be a URL without credentials, query and fragment")
    return value.rstrip("/")


def secure(url: str) -> bool:
    """Whether nobody on the way can read what is sent to a base URL: it is HTTPS, or does not leave the machine."""
    return urlsplit(url).scheme == "https" or loopback(url)


def loopback(url: str) -> bool:
    """Whether what the URL names can only be this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def address(value: str) -> str:
    """A host and a port to listen on."""
    host, colon, port = value.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= HIGHEST_PORT):
        raise ValueError("must be an address such as 127.0.0.1:8080 or [::1]:8080")
    return value


def path(value: str) -> str:
    """A path below a base URL."""
    if not value.startswith("/") or any(character in value for character in "?# "):
        raise ValueError("must be a path such as /publish/entity")
    return value


def separated(value: object) -> object:
    """A list, which an environment variable writes with commas."""
    if isinstance(value, str):
        return [each.strip() for each in value.split(",")]
    return value


def origin(value: str) -> str:
    """The origin of a page, as a browser writes it (RFC 6454, section 6.2)."""
    if base_url(value) != value or urlsplit(value).path or value != value.lower():
        raise ValueError("must be origins such as https://app.example.com")
    return value


def host_name(value: str) -> str:
    """A host's name without a port."""
    if not HOST_NAME.fullmatch(value.lower()):
        raise ValueError("must be host names such as api.example.com or *.example.com")
    return value.lower()


Url = Annotated[str, AfterValidator(base_url)]
Address = Annotated[str, AfterValidator(address)]
UrlPath = Annotated[str, AfterValidator(path)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Delay = Annotated[float, Field(ge=0, le=86_400)]  # seconds, or none
FilePath = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(gt=0)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(origin)], ...] | None, NoDecode, BeforeValidator(separated)]
HostNames = Annotated[
    tuple[Annotated[str, AfterValidator(host_name)], ...] | None, NoDecode, BeforeValidator(separated)
]
Rate = Annotated[float, Field(gt=0, le=1_000_000)]
