"""What has changed between two schemas in GraphQL's schema language, as far as a client can notice it."""

import re
from dataclasses import dataclass

from graphql import GraphQLError, build_schema
from graphql import GraphQLSchema as Schema
from graphql.utilities import BreakingChange, DangerousChange, find_schema_changes, resolve_schema_coordinate

# A type, a member of one, an argument of a member; or a directive and an argument of it.
COORDINATE = re.compile(r"@?[_A-Za-z]\w*(?:\.[_A-Za-z]\w*)?(?:\([_A-Za-z]\w*:\))?")


__all__ = ["Change", "NotSdlError", "Schema", "changes", "read"]


class NotSdlError(Exception):
    """The text is no schema. The message says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        name: what kind of change, such as FIELD_REMOVED: graphql-core's name, which is graphql-js's.
        text: what changed, in a sentence that begins with or soon names it, such as "Field User.cn was removed."
        line: where it is in the present text; of what is gone, the line of the type that had it; None if that is
            gone too.
        breaking: whether clients that work today cease to. Else they may be surprised, as by a new enum value.

    """

    name: str
    text: str
    line: int | None
    breaking: bool


def changes(before: Schema, after: Schema) -> list[Change]:
    """The changes that clients can notice, those that break them first."""
    found = [
        Change(
            change.type.name, change.description, line(change.description, after), isinstance(change, BreakingChange)
        )
        for change in find_schema_changes(before, after)
        if isinstance(change, (BreakingChange, DangerousChange))
    ]
    return sorted(found, key=lambda change: (not change.breaking, change.line or 0))


def read(text: str) -> Schema:
    """The schema that the text is. NotSdlError if it is none.

    Directives may be used that it does not define: those of a specification that it only refers to.
    """
    try:
        return build_schema(text, assume_valid_sdl=True)
    except GraphQLError as error:
        at = f"line {error.locations[0].line}: " if error.locations else ""
        raise NotSdlError(f"{at}{error.message}") from None
    except (TypeError, RecursionError) as error:  # a type that nobody defines; no end of brackets
        raise NotSdlError(str(error)) from None


def line(description: str, schema: Schema) -> int | None:
    """The line of what the description names, or of the type that has or had it."""
    for match in COORDINATE.finditer(description):
        whole = match[0]
        for coordinate in (whole, whole.partition("(")[0], whole.partition(".")[0]):
            found = line_of(coordinate, schema)
            if found is not None:
                return found
    return None


def line_of(coordinate: str, schema: Schema) -> int | None:
    """The line at which the schema's text defines it; None if it does not."""
    try:
        found = resolve_schema_coordinate(schema, coordinate)
    except (GraphQLError, TypeError):  # a member of a type that is not there
        return None
    # A tuple of what leads to it, itself, and its kind.
    node = None if found is None else found[-2].ast_node
    return None if node is None or node.name.loc is None else int(node.name.loc.start_token.line)
