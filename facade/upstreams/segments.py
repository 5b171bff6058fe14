"""Segments of paths, out of what a caller sent."""

from urllib.parse import quote

from facade.errors import invalid

LONGEST_SEGMENT = 254  # characters; an address cannot be longer (RFC 5321, erratum 1690)


def segment(value: str, field: str) -> str:
    """`value` as one percent-encoded path segment. INVALID_ARGUMENT about `field` if it cannot be one.

    Dot segments are refused because URL parsers resolve them even when encoded (WHATWG URL, "double-dot segment").
    """
    if not value:
        raise invalid(field, "must not be empty")
    if len(value) > LONGEST_SEGMENT:
        raise invalid(field, f"must not be longer than {LONGEST_SEGMENT} characters")
    if value in {".", ".."} or not value.isprintable():
        raise invalid(field, "must be an e-mail address")
    return quote(value, safe="")
