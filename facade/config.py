"""Settings: from a TOML file, overridden by the environment (`FACADE_` and the name in capitals), checked at start."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from facade.caller import Limits
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import Addresses

PREFIX = "FACADE_"
CLIENT = frozenset({"FACADE_USER", "FACADE_PASSWORD", "FACADE_TOKEN"})  # credentials of the commands that are clients
HIGHEST_PORT = 65535


class ConfigError(Exception):
    """A setting is unknown or wrong. The text is one line that names it and does not repeat its value."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.splitlines()))  # a key of a TOML file, or its name, may have several


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


Url = Annotated[str, AfterValidator(base_url)]
Address = Annotated[str, AfterValidator(address)]
UrlPath = Annotated[str, AfterValidator(path)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(gt=0)]


class Settings(BaseSettings):
    """All settings. A URL that is left out takes its upstream's operations away."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    token_url: Url | None = Field(None, description="Base URL of IEM's Token API.")
    publish_url: Url | None = Field(None, description="Base URL of IEM's Publish API.")
    integration_url: Url | None = Field(None, description="Base URL of IEM's ITSM integration API.")
    bpm_url: Url | None = Field(None, description="Base URL of the BPM on Cloud virtual host.")

    grpc_address: Address = Field("127.0.0.1:50051", description="Where gRPC listens.")
    http_address: Address = Field("127.0.0.1:8080", description="Where GraphQL and health listen.")

    default_timeout: Seconds = Field(30.0, description="Seconds for a request whose caller sets no deadline.")
    max_timeout: Seconds = Field(120.0, description="Seconds that a caller's deadline is cut to.")
    drain_timeout: Seconds = Field(20.0, description="Seconds that requests in flight get at SIGTERM.")
    max_in_flight: Count = Field(4096, description="Requests served at once; more are refused as OVERLOADED.")
    max_request_bytes: Count = Field(4 * 1024**2, description="Largest request message or body.")
    max_answer_bytes: Count = Field(8 * 1024**2, description="Largest answer of an upstream, decompressed.")
    max_sessions: Count = Field(10_000, description="Token sessions kept.")
    bulk_concurrency: Count = Field(
        32, description="Calls of bulk operations to one upstream at a time, of all callers together."
    )
    bulk_timeout: Seconds = Field(
        3600.0, description="Seconds for a stream or a sync whose caller sets no deadline, and at most."
    )

    max_connection_age: Seconds = Field(
        300.0, description="Seconds after which a client is asked to connect anew, which spreads connections."
    )

    mode: Literal["production", "development"] = Field("production", description="Sets the two switches below.")
    introspection: bool | None = Field(None, description="GraphQL introspection, suggestions and /schema.graphql.")
    reflection: bool | None = Field(None, description="gRPC reflection and /descriptor.binpb.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    log_format: Literal["console", "json"] = Field("console", description="How it is written.")

    publish_events_path: UrlPath = Field(Blurred.publish_events_path, description="Blurred in the API guide.")
    publish_entity_path: UrlPath = Field(Blurred.publish_entity_path, description="Blurred in the API guide.")
    publish_health_path: UrlPath = Field(Blurred.publish_health_path, description="Blurred in the API guide.")
    event_id_field: Name = Field(Blurred.event_id_field, description="Blurred in the API guide.")
    ticket_path: UrlPath = Field(Blurred.ticket_path, description="Blurred in the API guide.")
    ticket_customer_parameter: Name = Field(Blurred.ticket_customer_parameter, description="Blurred in the API guide.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which comes as arguments."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _timeouts_fit(self) -> "Settings":
        if self.default_timeout > self.max_timeout:
            raise ValueError("default_timeout: must not be longer than max_timeout")
        return self

    @property
    def addresses(self) -> Addresses:
        """The upstreams' base URLs."""
        return Addresses(self.token_url, self.publish_url, self.integration_url, self.bpm_url)

    @property
    def limits(self) -> Limits:
        """The limits of a request's time."""
        return Limits(self.default_timeout, self.max_timeout)

    @property
    def stream_limits(self) -> Limits:
        """The limits of the time of a request that streams."""
        return Limits(self.bulk_timeout, self.bulk_timeout)

    @property
    def blurred(self) -> Blurred:
        """Our reading of what the upstreams' documents leave blurred."""
        return Blurred(**{name: getattr(self, name) for name in Blurred.__dataclass_fields__})

    def switched_on(self, switch: bool | None) -> bool:
        """Whether a switch that the mode sets is on."""
        return self.mode == "development" if switch is None else switch


def load(file: str | None = None) -> Settings:
    """The settings from `file` (TOML; None for no file) and the environment. Raises ConfigError.

    A shell that calls the facade may serve one too: the clients' variables are no mistake, and no settings.
    """
    for name in os.environ.keys() - CLIENT:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in Settings.model_fields:
            raise ConfigError(f"{name}: there is no such setting")
    given = from_file(file) if file else {}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise ConfigError(told(error, given)) from None


def from_file(file: str) -> dict[str, Any]:
    """The settings that a TOML file holds."""
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--config: cannot read {file}: {error.strerror}") from None
    except ValueError as error:  # UnicodeDecodeError and TOMLDecodeError: neither repeats a value
        raise ConfigError(f"--config: {file} is not TOML: {str(error).splitlines()[0]}") from None


def told(error: ValidationError, given: dict[str, Any]) -> str:
    """The first mistake in one line, named as the user wrote it."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    message = first["msg"].removeprefix("Value error, ")
    if not name:  # a rule about several settings, which names them
        return message
    if first["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    variable = PREFIX + name.upper()
    return f"{name if name in given and variable not in os.environ else variable}: {message}"
