"""A dataclass field that says what it means; the GraphQL schema shows the text.

Classes with such fields have no slots: strawberry would take the slots for the fields' defaults.
"""

from dataclasses import MISSING, field
from typing import Any


def described(description: str, default: Any = MISSING, *, secret: bool = False) -> Any:
    """A field with a description, left out of `repr` if it is secret."""
    return field(default=default, repr=not secret, metadata={"description": description})
