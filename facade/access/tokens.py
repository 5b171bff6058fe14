"""The tokens of callers: JSON Web Tokens (RFC 7519) of one issuer, for one audience."""

import logging
import time
from collections import OrderedDict
from hashlib import sha256

import jwt

from facade.access.keys import ALGORITHMS, Keys, KeySet
from facade.errors import Code, FacadeError, Outcome, Reason

log = logging.getLogger(__name__)

REMEMBERED = 10_000  # tokens that have been checked
LEEWAY = 30.0  # seconds that the issuer's clock may differ from ours
NEEDED = ["exp", "iss", "aud", "sub"]


class Tokens:
    """Checks tokens. What it finds of a good one it remembers until the token expires or the keys change.

    Args:
        issuer: what the token's `iss` must be.
        audience: what must be in its `aud`.
        keys: where the keys come from.

    """

    def __init__(self, issuer: str, audience: str, keys: Keys) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._known: OrderedDict[bytes, tuple[float, str]] = OrderedDict()  # by hash: when it expires, its subject
        self._known_by: KeySet | None = None

    async def subject(self, token: str) -> str | None:
        """The subject of a token that is good, or None. UNAVAILABLE while there are no keys to check it with."""
        digest = sha256(token.encode(errors="surrogatepass")).digest()
        if self._known_by is not self._keys.current():
            self._known.clear()
            self._known_by = self._keys.current()
        expires, subject = self._known.get(digest, (0.0, ""))
        if time.time() < expires:
            self._known.move_to_end(digest)
            return subject
        try:
            key = await self._key(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key,
                ALGORITHMS,
                options={"require": NEEDED},
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            log.debug("token refused", extra={"why": type(error).__name__})
            return None
        self._remember(digest, float(claims["exp"]), claims["sub"])
        return str(claims["sub"])

    async def _key(self, header: dict[str, object]) -> jwt.PyJWK:
        """The key that the token names. Keys are looked for again if there is no such key. ValueError if it remains."""
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not isinstance(kid, str | None):
            raise ValueError("no algorithm of ours")
        keys = self._keys.current()
        key = keys.key(kid) if keys else None
        if key is None:
            await self._keys.renewed()
            keys = self._keys.current()
            if keys is None:
                text = "The keys that tokens are checked with cannot be had at the moment."
                raise FacadeError(Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, text, outcome=Outcome.NOT_SENT)
            key = keys.key(kid)
        if key is None:
            raise ValueError("no such key")
        return key

    def _remember(self, digest: bytes, expires: float, subject: str) -> None:
        if self._known_by is not self._keys.current():  # they came while this token was looked at
            return
        self._known[digest] = (expires, subject)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
