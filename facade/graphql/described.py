"""Domain dataclasses as GraphQL types: the same classes, with the descriptions of their fields."""

import dataclasses
from typing import Any, TypeVar

import strawberry

T = TypeVar("T")


def output(cls: type[T]) -> type[T]:
    """`cls` as an object type of the same name."""
    told = descriptions(cls)
    return with_descriptions(strawberry.type(cls, description=summary(cls)), told)


def input_(cls: type[T], name: str) -> type[T]:
    """`cls` as the input type `name`. What may be left out shows no default: leaving it out is not sending null."""
    told = descriptions(cls)
    made: Any = with_descriptions(strawberry.input(cls, name=name, description=summary(cls)), told)
    for field in made.__strawberry_definition__.fields:
        field.default_value = strawberry.UNSET
    return cls


def given(value: T | None) -> T | None:
    """An argument whose default is UNSET, as None where it was left out."""
    return None if value is strawberry.UNSET else value


def descriptions(cls: type) -> dict[str, str]:
    """What each field means; to be read before strawberry puts fields of its own in place."""
    return {field.name: field.metadata["description"] for field in dataclasses.fields(cls)}


def with_descriptions(cls: type[T], told: dict[str, str]) -> type[T]:
    """Gives each GraphQL field of `cls` its description."""
    definition: Any = cls
    for field in definition.__strawberry_definition__.fields:
        field.description = told[field.python_name]
    return cls


def summary(cls: type) -> str:
    """The first line of the class's docstring."""
    return (cls.__doc__ or "").splitlines()[0]
