"""Tokens of the Token API (contract section 1)."""

from dataclasses import dataclass

from facade.domain.described import described


@dataclass(frozen=True)
class Token:
    """What the Token API issues for an account."""

    email: str = described("E-mail address of the account.")
    name: str = described("Display name of the account.")
    is_superadmin: bool = described("Whether the account is a superadmin of IEM.")
    access_token: str = described("The token to send as `authorization: Bearer <access_token>`. Opaque.", secret=True)
    refresh_token: str = described("The refresh token. Opaque; the facade does not use it.", secret=True)
