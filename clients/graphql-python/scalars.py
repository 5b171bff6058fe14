"""The scalars of the schema as types of Python."""

from typing import Any

# Integers keep all their digits, in Python as in facade.
JsonObject = dict[str, Any]
