"""Who may call: callers and how they are authenticated, and the facade's own credentials (service credentials)."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from facade.access.connect import Issuer, Trust
from facade.access.own import Account
from facade.settings.secrets import Secret, SecretSettings
from facade.settings.values import PREFIX, base_url, loopback


def key_location(value: str) -> str:
    """A path, or a URL over which nobody can put in keys of his own."""
    if "://" not in value:
        return value
    url = base_url(value)
    if urlsplit(url).scheme != "https" and not loopback(url):
        raise ValueError("must be a file, or a URL with https (http is for loopback alone)")
    return url


Text = Annotated[str, Field(min_length=1)]


class CallerSettings(SecretSettings):
    """Without any of these the facade passes the callers' own credentials on."""

    callers: Text | None = Field(None, description="TOML file of the callers, whom the facade then authenticates.")
    jwt_issuer: Text | None = Field(None, description="What `iss` of a caller's token must be.")
    jwt_audience: Text | None = Field(None, description="What must be in `aud` of a caller's token.")
    jwt_keys: Annotated[Text, AfterValidator(key_location)] | None = Field(
        None, description="JSON Web Key Set that tokens are checked with: a file or a URL."
    )
    iem_user: Text | None = Field(None, description="The facade's own account for Publish and ITSM integration.")
    iem_password: Secret = Field(None, description="Its password.")
    iem_password_file: Text | None = Field(None, description="File that holds this password.")
    bpm_user: Text | None = Field(None, description="The facade's own account for BPM.")
    bpm_password: Secret = Field(None, description="Its password.")
    bpm_password_file: Text | None = Field(None, description="File that holds this password.")

    @model_validator(mode="after")
    def _fit(self) -> "CallerSettings":
        for upstream in ("iem", "bpm"):
            user, password = f"{upstream}_user", f"{upstream}_password"
            if self.given(password) and getattr(self, user) is None:
                raise ValueError(f"{password}: needs {user}")
            if getattr(self, user) is not None and not self.given(password):
                raise ValueError(f"{user}: needs {password} or {password}_file")
            if getattr(self, user) is not None and self.callers is None:
                raise ValueError(
                    f"{user}: needs callers: with credentials of its own the facade must know who calls it"
                )
        tokens = ("jwt_issuer", "jwt_audience", "jwt_keys")
        missing = [name for name in tokens if getattr(self, name) is None]
        if missing and len(missing) < len(tokens):
            given = next(name for name in tokens if name not in missing)
            raise ValueError(f"{given}: needs {missing[0]}")
        if not missing and self.callers is None:
            raise ValueError("jwt_keys: needs callers, who name the subjects of tokens")
        return self

    @property
    def trust(self) -> Trust | None:
        """What authenticates callers, or None in pass-through."""
        if self.callers is None:
            return None
        issuer = None
        if self.jwt_issuer and self.jwt_audience and self.jwt_keys:
            issuer = Issuer(self.jwt_issuer, self.jwt_audience, self.jwt_keys)
        return Trust(self.callers, issuer, self._account("iem"), self._account("bpm"))

    def _account(self, upstream: str) -> Account | None:
        user, password = getattr(self, f"{upstream}_user"), f"{upstream}_password"
        if user is None:
            return None
        setting = PREFIX + f"{upstream}_user".upper()
        return Account(setting, user, self.reader(password), self.secret_files(password))
