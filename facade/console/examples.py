"""Requests to begin with, made from the schemas: each operation's fields, with values that the sandbox knows."""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)

RECORD = {"envcustomerid": "C-100", "name": "cpu", "value": 97}
# What a field of this name is given; a field that is not here is left out, unless it must be there.
VALUES: dict[str, Any] = {
    "email": "api@example.com",
    "password": "sandbox",
    "env_customer_id": "C-100",
    "entity": "db-7",
    "severity": "4",
    "description": "disk full",
    "item_id": "1",
    "customer_id": "C-100",
    "sys_id": "INC0010001",
    "state": 4,
    "mail": "new.user@example.com",
    "mails": "new.user@example.com",
    "cn": "New",
    "sn": "User",
    "page_size": 3,
    "first": 3,
    "dry_run": True,
}
STRUCT = "google.protobuf.Struct"
DEEPEST = 4  # levels of fields that are asked for


def messages(asked: Descriptor) -> list[dict[str, Any]]:
    """A request, or what a stream of them begins with: one for each kind of message."""
    choices = [each for each in asked.oneofs if len(each.fields) > 1]
    if not choices:
        return [message(asked)]
    return [{field.name: value(field)} for field in choices[0].fields]


def message(asked: Descriptor) -> dict[str, Any]:
    """A message with its usual fields, and the first of those of which only one may be there."""
    told: dict[str, Any] = {}
    for field in asked.fields:
        choice = field.containing_oneof
        if choice is not None and len(choice.fields) > 1:
            if choice.fields[0] is field:
                told[field.name] = value(field)
        elif field.name in VALUES or (field.message_type and field.message_type.full_name != STRUCT):
            told[field.name] = value(field)
    return told


def value(field: FieldDescriptor) -> Any:
    """A value of the field."""
    if field.message_type is None:
        one = VALUES[field.name]
    elif field.message_type.full_name == STRUCT:
        one = RECORD
    else:
        one = message(field.message_type)
    return [one] if field.is_repeated else one


def variables(arguments: dict[str, GraphQLArgument]) -> dict[str, Any]:
    """Values of a field's arguments, by their names: those that must be there, and the usual ones."""
    return {name: given(name, each.type) for name, each in arguments.items() if usual(name, each)}


def usual(name: str, argument: GraphQLArgument | GraphQLInputField) -> bool:
    """Whether it is to be given: it must be, has a usual value, or is an object."""
    inner = get_named_type(argument.type)
    required = isinstance(argument.type, GraphQLNonNull)
    return required or snake(name) in VALUES or isinstance(inner, GraphQLInputObjectType)


def given(name: str, kind: GraphQLInputType) -> Any:
    """A value of an argument or of an input's field."""
    inner = get_named_type(kind)
    if isinstance(inner, GraphQLInputObjectType):
        one: Any = {field: given(field, each.type) for field, each in inner.fields.items() if usual(field, each)}
    else:
        one = VALUES.get(snake(name), RECORD)
    return [one] if is_list_type(get_nullable_type(kind)) else one


def selection(kind: GraphQLOutputType, depth: int = 0) -> str:
    """What to ask for of a type: all there is, and of a list of nodes not its edges as well."""
    inner = get_named_type(kind)
    if not isinstance(inner, GraphQLObjectType):
        return ""
    told = []
    for name, field in inner.fields.items():
        nested = get_named_type(field.type)
        if is_leaf_type(nested):
            told.append(name)
        elif is_object_type(nested) and depth < DEEPEST and not (name == "edges" and "nodes" in inner.fields):
            told.append(name + selection(field.type, depth + 1))
    return f" {{ {' '.join(told)} }}"


def snake(name: str) -> str:
    """The name as protos spell it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
