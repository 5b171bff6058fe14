"""The facade's own credentials for upstreams (service credentials)."""

from collections.abc import Callable
from dataclasses import dataclass

from facade.caller import Basic, Own
from facade.errors import ConfigError, FacadeError


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the facade's at an upstream.

    Attributes:
        setting: the setting that names its user.
        user: the user's e-mail address.
        password: reads the password. ConfigError if it cannot.
        files: the paths that the password is read from.

    """

    setting: str
    user: str
    password: Callable[[], str]
    files: tuple[str, ...] = ()

    def credentials(self) -> Own:
        """The credentials as they are now. ConfigError if there are none."""
        try:
            return Own(Basic.of(self.user, self.password()).header)
        except FacadeError as error:
            raise ConfigError(f"{self.setting}: {error.message}") from None


@dataclass(frozen=True, slots=True)
class Owned:
    """What the facade has for Publish and Integration, and for BPM; None where callers' credentials are passed on."""

    iem: Own | None
    bpm: Own | None
