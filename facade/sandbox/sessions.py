"""The access tokens that are valid at the moment."""

import secrets
import time


class Sessions:
    """Tokens by value. All live equally long, so the order of issue is the order of expiry."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._issued: dict[str, tuple[str, float]] = {}

    def issue(self, email: str) -> str:
        """A new random access token for `email`; older ones stay valid."""
        now = time.monotonic()
        self._drop_expired(now)
        token = secrets.token_urlsafe(32)
        self._issued[token] = (email, now + self._lifetime)
        return token

    def email_of(self, token: str) -> str | None:
        """Whose token it is, None if it is unknown, revoked or expired."""
        email, expires = self._issued.get(token, (None, 0.0))
        return email if time.monotonic() < expires else None

    def tokens_of(self, email: str) -> list[str]:
        """The tokens that were issued to `email` and not revoked, oldest first."""
        return [token for token, (owner, _) in self._issued.items() if owner == email]

    def revoke(self, email: str | None = None) -> int:
        """Make the tokens of `email`, or all of them, invalid; how many those were."""
        doomed = [token for token, (owner, _) in self._issued.items() if email in (None, owner)]
        for token in doomed:
            del self._issued[token]
        return len(doomed)

    def _drop_expired(self, now: float) -> None:
        while self._issued:
            oldest = next(iter(self._issued))
            if now < self._issued[oldest][1]:
                return
            del self._issued[oldest]
