"""Somebody who issues tokens, with keys of the kinds that there are."""

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

NAME = "https://issuer.example"
AUDIENCE = "facade"
# Made once: an RSA key takes a while.
PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "PS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def public(algorithm: str = "ES256", **changes: Any) -> dict[str, Any]:
    """The key as a JSON Web Key, whose id is the algorithm's name."""
    key = get_default_algorithms()[algorithm].to_jwk(PRIVATE[algorithm].public_key(), as_dict=True)
    return {name: value for name, value in (key | {"kid": algorithm, "alg": algorithm} | changes).items() if value}


def key_set(*keys: dict[str, Any]) -> str:
    """A JSON Web Key Set."""
    return json.dumps({"keys": keys or [public(algorithm) for algorithm in PRIVATE]})


def token(
    subject: Any = "billing@clients", algorithm: str = "ES256", kid: Any = "", key: Any = None, **changes: Any
) -> str:
    """A good token, but for `changes`: claims, where None takes one away."""
    claims = {"sub": subject, "iss": NAME, "aud": AUDIENCE, "exp": int(time.time()) + 36_000} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": kid or algorithm} if kid is not None else None
    return jwt.encode(claims, key or PRIVATE[algorithm], algorithm, headers)
