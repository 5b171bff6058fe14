"""The console's second half: how the facade is called, what it answers, and what its schemas are."""

from collections.abc import Iterable
from itertools import groupby

from facade.console.about import About
from facade.console.calls import WAYS
from facade.console.markup import Markup, joined, tag, void
from facade.console.operations import Operation
from facade.console.overview import NONE, section
from facade.errors import Code
from facade.meanings import MEANINGS

KINDS = {(False, False): "unary", (False, True): "server stream", (True, True): "both stream"}
NUMBERS = {  # https://grpc.io/docs/guides/status-codes/
    Code.UNKNOWN: 2,
    Code.INVALID_ARGUMENT: 3,
    Code.DEADLINE_EXCEEDED: 4,
    Code.NOT_FOUND: 5,
    Code.ALREADY_EXISTS: 6,
    Code.PERMISSION_DENIED: 7,
    Code.RESOURCE_EXHAUSTED: 8,
    Code.FAILED_PRECONDITION: 9,
    Code.ABORTED: 10,
    Code.UNIMPLEMENTED: 12,
    Code.INTERNAL: 13,
    Code.UNAVAILABLE: 14,
    Code.UNAUTHENTICATED: 16,
}


def operations(about: About, all_operations: Iterable[Operation]) -> Markup:
    """All operations, each with its calls."""
    choices = (
        tag(
            "label",
            void("input", type="radio", name="way", value=way.name, id=f"way-{way.name}", checked=number == 0),
            tag("span", way.label),
        )
        for number, way in enumerate(WAYS)
    )
    key = "FACADE_API_KEY" if about.target.keys else "FACADE_USER and FACADE_PASSWORD"
    groups = (
        joined(tag("h3", service), *(operation(about, each) for each in some))
        for service, some in groupby(all_operations, lambda each: each.rpc.service)
    )
    return section(
        "operations",
        "Operations",
        tag(
            "form",
            tag("fieldset", tag("legend", "Show calls in"), *choices, class_="ways"),
            tag(
                "label",
                tag("span", "Filter"),
                void("input", type="search", id="filter", autocomplete="off", placeholder="user, publish, stream …"),
            ),
            class_="tools",
            id="tools",
        ),
        tag("p", f"The calls take what they sign in with from {key} in the environment.", class_="quiet"),
        *groups,
        tag("p", "No operation has this in its name.", id="no-match", class_="quiet", hidden=True),
    )


def operation(about: About, each: Operation) -> Markup:
    """One operation, closed."""
    rpc, field = each.rpc, each.field
    off = None if about.services.get(rpc.service) else tag("span", "not configured", class_="chip")
    head = tag(
        "summary",
        tag("code", rpc.name, class_="name"),
        tag("span", KINDS[rpc.takes_stream, rpc.gives_stream], class_="chip"),
        off,
        tag("span", field.text if field else "Over gRPC alone.", class_="says"),
    )
    rows = [("gRPC", rpc.path), ("GraphQL", f"{field.kind} {field.name}" if field else NONE)]
    names = tag("dl", *(tag("div", tag("dt", name), tag("dd", tag("code", told))) for name, told in rows))
    calls = (snippet(way.name, way.label, rpc.name, way.call(each, about.target)) for way in WAYS)
    found = " ".join((rpc.path, field.name if field else "", KINDS[rpc.takes_stream, rpc.gives_stream]))
    return tag("details", head, names, *calls, class_="operation", data_found=found.lower())


def snippet(way: str, label: str, name: str, call: str | None) -> Markup:
    """A call, and what copies it."""
    if call is None:
        return tag("p", "It is offered over gRPC alone.", class_="call quiet", data_way=way)
    return tag(
        "div",
        tag("pre", tag("code", call), tabindex="0", role="region", aria_label=f"{name}: {label}"),
        tag("button", "Copy", type="button", class_="copy", aria_label=f"Copy {name}: {label}"),
        class_="call",
        data_way=way,
    )


def errors() -> Markup:
    """Reasons with their codes, and the codes' numbers."""
    heads = ("Reason", "Code", "What it means", "Repeat?")
    rows = (
        tag(
            "tr",
            tag("th", tag("code", reason), scope="row"),
            tag("td", *(tag("code", f"{code} {NUMBERS[code]}", class_="code") for code in each.codes)),
            tag("td", each.text),
            tag("td", each.repeat, class_="yes" if each.repeat.startswith("yes") else None),
        )
        for reason, each in MEANINGS.items()
    )
    told = tag("table", tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))), tag("tbody", *rows))
    return section(
        "errors",
        "Codes and reasons",
        tag(
            "p",
            "Both faces answer with the same codes, which are gRPC's. Compare the reason; it is exact.",
            class_="quiet",
        ),
        tag("div", told, class_="wide reasons", role="region", tabindex="0", aria_labelledby="errors-title"),
    )


def schemas(about: About) -> Markup:
    """What can be downloaded."""
    offered = (
        (about.introspection, "schema.graphql", "GraphQL", "the schema language", "FACADE_INTROSPECTION"),
        (
            about.reflection,
            "descriptor.binpb",
            "gRPC",
            "a FileDescriptorSet, for buf, protoc and proxies",
            "FACADE_REFLECTION",
        ),
    )
    items = [
        tag("li", tag("a", name, href=name, download=True), f" {face}: {text}")
        if there
        else tag("li", f"{name} ({face}) is switched off: {setting}")
        for there, name, face, text, setting in offered
    ]
    if about.ide:
        items.append(
            tag("li", tag("a", "GraphQL IDE", href="graphql"), " queries, subscriptions and the schema's documentation")
        )
    if about.metrics:
        items.append(tag("li", tag("a", "metrics", href="metrics"), " in Prometheus' format"))
    items.append(tag("li", tag("a", "readyz", href="readyz"), " whether it serves, for load balancers"))
    return section("schemas", "Schemas and tools", tag("ul", *items, class_="links"))
