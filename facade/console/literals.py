"""Values and documents as they are written in a shell, in Python and in GraphQL."""

from textwrap import indent
from typing import Any

from graphql import parse, print_ast

from facade.console.operations import as_json

SHORT = 72  # characters


def quoted(text: str) -> str:
    """The text as one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def keywords(message: dict[str, Any]) -> str:
    """A message's fields as keywords of its class."""
    return ", ".join(f"{name}={literal(each)}" for name, each in message.items())


def literal(value: Any) -> str:
    """A value of JSON as Python has it: on one line if it is short."""
    short = one_line(value)
    if len(short) <= SHORT or not isinstance(value, dict | list):
        return short
    parts = [f"{as_json(key)}: {literal(each)}" for key, each in value.items()] if isinstance(value, dict) else []
    parts = parts or [literal(each) for each in value]
    lines = "".join(f"{indent(part, ' ' * 4)},\n" for part in parts)
    return f"{{\n{lines}}}" if isinstance(value, dict) else f"[\n{lines}]"


def one_line(value: Any) -> str:
    """The same on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_json(key)}: {one_line(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(one_line, value))}]"
    return str(value) if isinstance(value, bool) else as_json(value)


def written(document: str) -> str:
    """A document as people write it."""
    return print_ast(parse(document))
