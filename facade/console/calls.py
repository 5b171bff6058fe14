"""Calls to paste: each operation in a shell, in Python and in TypeScript, as this facade is to be called."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from facade.console.literals import keywords, literal, quoted, written
from facade.console.operations import Field, Operation, as_json

USER = "$FACADE_USER:$FACADE_PASSWORD"
KEY_METADATA = 'metadata = [("x-api-key", os.environ["FACADE_API_KEY"])]'
BASIC_METADATA = """user = f"{os.environ['FACADE_USER']}:{os.environ['FACADE_PASSWORD']}"
metadata = [("authorization", "Basic " + base64.b64encode(user.encode()).decode())]"""


@dataclass(frozen=True, slots=True)
class Target:
    """What is called.

    Attributes:
        grpc: host and port of gRPC.
        http: scheme, host and port of HTTP.
        secure: whether both speak TLS.
        keys: whether callers show an API key, not a user and a password.

    """

    grpc: str
    http: str
    secure: bool = False
    keys: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A way to call.

    Attributes:
        name: what the page calls it by in addresses.
        label: what it shows.
        call: the call of an operation, or None where it is not offered in this way.

    """

    name: str
    label: str
    call: Callable[[Operation, Target], str | None]


def buf(operation: Operation, target: Target) -> str:
    """With `buf curl`."""
    rpc = operation.rpc
    scheme = "https" if target.secure else "http"
    sign = '-H "x-api-key: $FACADE_API_KEY"' if target.keys else f'-u "{USER}"'
    sent = "\n".join(as_json(each) for each in rpc.requests)
    return f"buf curl --protocol grpc {sign} \\\n  -d {quoted(sent)} \\\n  {scheme}://{target.grpc}/{rpc.path}"


def curl(operation: Operation, target: Target) -> str | None:
    """With curl, over GraphQL."""
    field = operation.field
    if field is None:
        return None
    sign = '-H "x-api-key: $FACADE_API_KEY"' if target.keys else f'-u "{USER}"'
    events = " \\\n  -N -H 'accept: text/event-stream'" if field.kind == "subscription" else ""
    return (
        f"curl -s {target.http}/graphql {sign} \\\n"
        f"  -H 'content-type: application/json'{events} \\\n  -d {quoted(body(field))}"
    )


def python_grpc(operation: Operation, target: Target) -> str:
    """With grpcio and the generated modules."""
    rpc = operation.rpc
    channel = "secure_channel" if target.secure else "insecure_channel"
    with_tls = ", grpc.ssl_channel_credentials()" if target.secure else ""
    made = [f"messages.{rpc.asked}({keywords(each)})" for each in rpc.requests]
    listed = "".join(f"{indent(each, ' ' * 8)},\n" for each in made)
    sent = (
        f"requests = iter([\n{listed}    ])" if rpc.takes_stream else f"request = {indent(made[0], ' ' * 4).lstrip()}"
    )
    call = f"stub.{rpc.name}({sent.partition(' ')[0]}, metadata=metadata, timeout=30)"
    use = f"    for answer in {call}:\n        print(answer)" if rpc.gives_stream else f"    print({call})"
    modules = (
        f"from {rpc.package} import {rpc.module}_pb2 as messages\n"
        f"from {rpc.package} import {rpc.module}_pb2_grpc as services\n"
    )
    head = f"import os\n\nimport grpc\n{modules}\n"
    if not target.keys:
        head = f"import base64\n{head}"
    return (
        f"{head}{KEY_METADATA if target.keys else BASIC_METADATA}\n"
        f'with grpc.{channel}("{target.grpc}"{with_tls}) as channel:\n'
        f"    stub = services.{rpc.service}Stub(channel)\n    {sent}\n{use}"
    )


def python_graphql(operation: Operation, target: Target) -> str | None:
    """With httpx, over GraphQL."""
    field = operation.field
    if field is None:
        return None
    if target.keys:
        sign = 'headers={"x-api-key": os.environ["FACADE_API_KEY"]}'
    else:
        sign = 'auth=(os.environ["FACADE_USER"], os.environ["FACADE_PASSWORD"])'
    head = (
        f'import os\n\nimport httpx\n\ndocument = """\n{written(field.document)}\n"""\n'
        f"variables = {literal(field.variables)}\n"
    )
    asked = 'json={"query": document, "variables": variables}'
    if field.kind != "subscription":
        return (
            f'{head}answer = httpx.post(\n    "{target.http}/graphql",\n    {sign},\n    {asked},\n)\n'
            "print(answer.json())"
        )
    accept = '"accept": "text/event-stream"'
    sign = sign.replace("{", "{" + accept + ", ") if target.keys else f"{sign},\n    headers={{{accept}}}"
    return (
        f'{head}with httpx.stream(\n    "POST",\n    "{target.http}/graphql",\n    {sign},\n    {asked},\n'
        ") as answer:\n"
        "    for line in answer.iter_lines():\n        print(line)"
    )


def typescript(operation: Operation, target: Target) -> str | None:
    """With fetch, over GraphQL."""
    field = operation.field
    if field is None:
        return None
    if target.keys:
        sign = '"x-api-key": process.env.FACADE_API_KEY'
    else:
        sign = "authorization: `Basic ${btoa(`${process.env.FACADE_USER}:${process.env.FACADE_PASSWORD}`)}`"
    streams = field.kind == "subscription"
    accept = '\n    accept: "text/event-stream",' if streams else ""
    document = indent(written(field.document), " " * 6)
    values = indent(json.dumps(field.variables, indent=2, ensure_ascii=False), " " * 4).lstrip()
    asked = f"{{\n    query: `\n{document}\n    `,\n    variables: {values},\n  }}"
    read = (
        "for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {\n  console.log(part);\n}"
        if streams
        else "console.log(await answer.json());"
    )
    return (
        f'const answer = await fetch("{target.http}/graphql", {{\n  method: "POST",\n  headers: {{\n'
        f'    "content-type": "application/json",{accept}\n    {sign},\n  }},\n'
        f"  body: JSON.stringify({asked}),\n}});\n{read}"
    )


WAYS = (
    Way("buf", "buf curl", buf),
    Way("curl", "curl", curl),
    Way("python-grpc", "Python, gRPC", python_grpc),
    Way("python-graphql", "Python, GraphQL", python_graphql),
    Way("typescript", "TypeScript", typescript),
)


def body(field: Field) -> str:
    """The JSON body of a GraphQL request."""
    asked: dict[str, Any] = {"query": field.document}
    return as_json(asked | ({"variables": field.variables} if field.variables else {}))
