"""The contract's files agree: protos, generated code, SDL, and the operations of both faces with each other."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from graphql import GraphQLInputObjectType, GraphQLNonNull, GraphQLObjectType, build_schema

import facade
from facade.access import operations
from facade.errors import Code
from facade.graphql import schema
from facade.rpc.errors import STATUS
from facade.rpc.server import FILES
from facade.v1 import provisioning_pb2, publish_pb2, ticket_pb2, token_pb2

ROOT = Path(facade.__file__).parent.parent
PROTOS = sorted((ROOT / "protos" / "facade").rglob("*.proto"))
METHODS = [method for file in FILES for service in file.services_by_name.values() for method in service.methods]
SDL = build_schema(schema.sdl())

# Each rpc, and the root field that does the same. All users are a stream in gRPC and pages in GraphQL, any number of
# records is a stream in gRPC and batches in GraphQL.
FIELDS = {operation.partition("/")[2]: field for field, operation in operations.FIELDS.items()} | {
    "PublishStream": "publishBatch",
    "StreamUsers": "users",
}
READS = {"CheckHealth", "ListUsers", "GetUser", "StreamUsers"}
IDEMPOTENT_WRITES = {"UpdateTicket", "UpdateTickets", "DeleteUser", "DeleteUsers"}
# Messages of ours that have a type of their own in the SDL.
TWINS = {
    "Event": (publish_pb2.Event.DESCRIPTOR, "EventInput"),
    "TicketUpdate": (ticket_pb2.TicketUpdate.DESCRIPTOR, "TicketUpdateInput"),
    "NewUser": (provisioning_pb2.NewUser.DESCRIPTOR, "NewUserInput"),
    "User": (provisioning_pb2.User.DESCRIPTOR, "User"),
    "SyncOptions": (provisioning_pb2.SyncOptions.DESCRIPTOR, "SyncOptionsInput"),
    "SyncPlan": (provisioning_pb2.SyncPlan.DESCRIPTOR, "SyncPlan"),
    "SyncSummary": (provisioning_pb2.SyncSummary.DESCRIPTOR, "SyncSummary"),
    "Token": (token_pb2.Token.DESCRIPTOR, "Token"),
}
OPTIONAL = {"SyncOptionsInput"}  # switches, which are off unless they are on: gRPC does not tell unset from false
SECRETS = {"password", "access_token", "refresh_token"}
SCALARS = {
    FieldDescriptor.TYPE_STRING: "String",
    FieldDescriptor.TYPE_BOOL: "Boolean",
    FieldDescriptor.TYPE_INT32: "Int",
}


def buf(*arguments: str, folder: Path = ROOT) -> str:
    """What buf prints. It comes with the virtual environment, as do the plugins that it calls."""
    tools = Path(sys.executable).parent
    found = subprocess.run(
        [tools / "buf", *arguments],
        cwd=folder,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def test_the_generated_code_is_what_the_protos_generate(tmp_path: Path) -> None:
    for name in ("buf.yaml", "buf.gen.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    buf("generate", folder=tmp_path)
    made, kept = tmp_path / "facade" / "v1", ROOT / "facade" / "v1"
    names = sorted(path.name for path in made.iterdir())
    assert names == sorted(path.name for path in kept.glob("*.py*") if path.name != "__init__.py")
    assert filecmp.cmpfiles(made, kept, names, shallow=False) == (names, [], [])


def test_buf_finds_nothing_to_complain_about() -> None:
    assert buf("lint") == ""


def test_the_protos_are_formatted() -> None:
    assert buf("format", "-d") == ""


def test_the_committed_sdl_is_that_of_the_schema() -> None:
    assert (ROOT / "facade" / "graphql" / "schema.graphql").read_text() == schema.sdl()


def test_every_rpc_has_a_root_field_and_every_root_field_an_rpc() -> None:
    assert FIELDS.keys() == {method.name for method in METHODS}
    roots = [root for root in (SDL.query_type, SDL.mutation_type, SDL.subscription_type) if root is not None]
    assert len(roots) == 3
    assert sorted(set(FIELDS.values())) == sorted(name for root in roots for name in root.fields)


def test_callers_may_be_allowed_every_rpc_by_its_name() -> None:
    assert {f"{method.containing_service.name}/{method.name}" for method in METHODS} == operations.OPERATIONS


def test_what_reads_is_a_query_and_what_writes_a_mutation() -> None:
    assert SDL.query_type is not None
    assert {FIELDS[name] for name in READS} == SDL.query_type.fields.keys()


def test_what_goes_on_for_as_long_as_it_takes_is_a_subscription() -> None:
    assert SDL.subscription_type is not None
    assert SDL.subscription_type.fields.keys() == {"syncUsers"}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: str(method.name))
def test_an_rpc_declares_how_often_it_may_be_called(method: MethodDescriptor) -> None:
    expected = MethodOptions.IDEMPOTENCY_UNKNOWN
    if method.name in READS:
        expected = MethodOptions.NO_SIDE_EFFECTS
    elif method.name in IDEMPOTENT_WRITES:
        expected = MethodOptions.IDEMPOTENT
    assert method.GetOptions().idempotency_level == expected


@pytest.mark.parametrize("method", METHODS, ids=lambda method: str(method.name))
def test_an_rpc_has_messages_of_its_own(method: MethodDescriptor) -> None:
    names = method.input_type.full_name, method.output_type.full_name
    assert names == (f"facade.v1.{method.name}Request", f"facade.v1.{method.name}Response")


@pytest.mark.parametrize("path", PROTOS, ids=lambda path: str(path.stem))
def test_the_comment_of_an_rpc_names_the_codes_that_it_returns(path: Path) -> None:
    text = path.read_text()
    comments = dict(reversed(pair) for pair in re.findall(r"((?:  //.*\n)+)  rpc (\w+)\(", text))
    assert comments.keys() == set(re.findall(r"^  rpc (\w+)", text, re.MULTILINE))
    for name, comment in comments.items():
        codes = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", comment)) & set(Code)
        assert len(codes) > 1, f"{name} names no codes"


@pytest.mark.parametrize(("message", "name"), TWINS.values(), ids=TWINS)
def test_a_message_and_its_graphql_type_have_the_same_fields(message: Descriptor, name: str) -> None:
    type_ = SDL.type_map[name]
    assert isinstance(type_, GraphQLInputObjectType | GraphQLObjectType)
    assert [camel(field.name) for field in message.fields] == list(type_.fields)
    for field in message.fields:
        kind = type_.fields[camel(field.name)].type
        known = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        scalar = SCALARS.get(field.type, "JSON")
        assert str(known) == (f"[{scalar}!]" if field.is_repeated else scalar)
        may_be_unset = field.has_presence or name in OPTIONAL
        assert isinstance(kind, GraphQLNonNull) is not may_be_unset, "what may be unset may be null"


def test_secrets_are_marked_so_that_they_are_not_printed() -> None:
    marked, secret = set(), set()
    for file in FILES:
        for message in file.message_types_by_name.values():
            marked |= {field.full_name for field in message.fields if field.GetOptions().debug_redact}
            secret |= {field.full_name for field in message.fields if field.name in SECRETS}
    assert marked == secret


@pytest.mark.parametrize("code", Code)
def test_a_code_is_grpc_s_of_the_same_name(code: Code) -> None:
    assert STATUS[code].name == code


def test_only_success_and_what_we_never_say_is_not_a_code_of_ours() -> None:
    never = {"OK", "CANCELLED", "OUT_OF_RANGE", "DATA_LOSS"}
    assert {status.name for status in grpc.StatusCode} - never == {status.name for status in STATUS.values()}
    assert len(set(STATUS.values())) == len(Code)
