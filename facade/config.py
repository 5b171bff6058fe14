"""Settings: from a TOML file, overridden by the environment (`FACADE_` and the name in capitals), checked at start."""

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from facade.errors import ConfigError
from facade.settings.callers import CallerSettings
from facade.settings.limits import LimitSettings
from facade.settings.serving import ServingSettings
from facade.settings.tls import TlsSettings
from facade.settings.traces import TraceSettings
from facade.settings.upstreams import UpstreamSettings
from facade.settings.values import PREFIX

__all__ = ["CLIENT", "PREFIX", "ConfigError", "Settings", "load"]

# Credentials of the commands that are clients.
CLIENT = frozenset({"FACADE_USER", "FACADE_PASSWORD", "FACADE_TOKEN", "FACADE_API_KEY"})


class Settings(
    UpstreamSettings, CallerSettings, ServingSettings, TlsSettings, LimitSettings, TraceSettings, BaseSettings
):
    """All settings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

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
    except RecursionError:
        raise ConfigError(f"--config: {file} is nested too deeply") from None


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
