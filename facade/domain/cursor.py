"""Cursors and page tokens: one format for both faces.

Opaque text that holds a version, a direction, a position and a checksum, and no secret: any replica understands
another's. The checksum is there to notice damage and foreign text, not to authenticate (a position is no privilege).
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import blake2b

from facade.errors import invalid

LAYOUT = struct.Struct(">BBI4s")  # version, direction, position, checksum
VERSION = 1
FORWARD = 0
BACKWARD = 1
LAST = 2**31 - 1  # position; more users neither face can count


def encode(position: int, *, backward: bool = False) -> str:
    """The cursor of the place `position` (0-based); `backward` marks the token of a previous page."""
    body = bytes((VERSION, BACKWARD if backward else FORWARD)) + position.to_bytes(4, "big")
    return urlsafe_b64encode(body + checksum(body)).decode().rstrip("=")


def decode(cursor: str, field: str) -> tuple[int, bool]:
    """The position and whether it is a previous page's token. INVALID_ARGUMENT about `field` if it is not ours."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        _version, direction, position, _checksum = LAYOUT.unpack(raw)
    except (Base64Error, struct.error, UnicodeEncodeError):
        raise not_ours(field) from None
    backward = direction == BACKWARD
    # Encoding again checks version and checksum, and refuses the other spellings that a lenient base64 decoder accepts.
    if encode(position, backward=backward) != cursor:
        raise not_ours(field)
    if position > LAST or (backward and not position):  # before the first user there is no page
        raise not_ours(field)
    return position, backward


def checksum(body: bytes) -> bytes:
    """Four bytes that bind the cursor to this list."""
    return blake2b(body, digest_size=4, person=b"facade.users").digest()


def not_ours(field: str) -> Exception:
    """The error for a cursor that this list never gave out."""
    return invalid(field, "is not a cursor of this list, or was damaged")
