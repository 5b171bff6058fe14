"""Secret settings: each is given as it is, or as a file that holds it, and is never shown.

A class of settings that has a secret `name` (of type Secret) has its twin `name_file`.
"""

from collections.abc import Callable

from pydantic import BaseModel, SecretStr, model_validator

from facade.access.files import text
from facade.errors import ConfigError
from facade.settings.values import PREFIX

TWIN = "_file"
Secret = SecretStr | None


class SecretSettings(BaseModel):
    """What has secrets."""

    @model_validator(mode="after")
    def _given_once(self) -> "SecretSettings":
        for name in secrets(type(self)):
            if getattr(self, name) is not None and getattr(self, name + TWIN) is not None:
                raise ValueError(f"{name}: is given twice, since {name}{TWIN} is given, too")
        return self

    def given(self, name: str) -> bool:
        """Whether there is a secret of this name."""
        return getattr(self, name) is not None or getattr(self, name + TWIN) is not None

    def secret_files(self, name: str) -> tuple[str, ...]:
        """The path of the file that holds the secret, if one does."""
        file = getattr(self, name + TWIN)
        return () if file is None else (file,)

    def reader(self, name: str) -> Callable[[], str]:
        """What reads the secret as it is now. It raises ConfigError, without the value, if it is not there."""
        value: SecretStr | None = getattr(self, name)
        file: str | None = getattr(self, name + TWIN)

        def read() -> str:
            return value.get_secret_value() if value is not None else content(name + TWIN, file or "")

        return read


def secrets(settings: type[BaseModel]) -> list[str]:
    """The names of the secrets among the settings."""
    return [name for name, field in settings.model_fields.items() if field.annotation == Secret]


def revealed(secret: SecretStr) -> str:
    """The secret itself, for JSON that nobody but a process of ours reads."""
    return secret.get_secret_value()


def content(name: str, file: str) -> str:
    """What a file holds, without its last line break. ConfigError names the setting `name`."""
    setting = PREFIX + name.upper()
    found = text(setting, file).removesuffix("\n").removesuffix("\r")
    if not found:
        raise ConfigError(f"{setting}: {file} is empty")
    return found
