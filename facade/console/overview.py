"""The console's first half: what runs, and how it does. The numbers are filled in by the page's script."""

from facade.console.about import About
from facade.console.markup import Markup, joined, tag

TITLES = {
    "token": ("Token API", "logs accounts in"),
    "publish": ("Publish API", "takes monitoring records"),
    "integration": ("Integration API", "takes states of tickets"),
    "bpm": ("BPM on Cloud", "has the users"),
}
FIGURES = (
    ("rate", "Requests a second"),
    ("errors", "Failed"),
    ("p50", "Half within (p50)"),
    ("p95", "95 % within (p95)"),
    ("p99", "99 % within (p99)"),
    ("inFlight", "In flight"),
)
NONE = "–"  # noqa: RUF001 - the sign for none
NOT_COUNTED = "Requests are not counted (FACADE_METRICS is off): there are no rates and no charts."


def running(about: About) -> Markup:
    """What runs where, and how."""
    target = about.target
    rows = (
        ("gRPC", code(target.grpc), "reflection on" if about.reflection else "reflection off"),
        ("GraphQL", code(f"{target.http}/graphql"), "introspection on" if about.introspection else "introspection off"),
        ("Transport", "TLS on both ports" if target.secure else "no TLS here", None),
        ("Callers", about.callers, None),
        ("Processes", tag("span", NONE, data_gauge="workers"), None),
        ("Memory", tag("span", NONE, data_gauge="memory"), None),
        ("Token sessions", tag("span", NONE, data_gauge="sessions"), None),
        ("Event loop late by", tag("span", NONE, data_gauge="lag"), "at most, in 15 s"),
    )
    listed = (
        tag("div", tag("dt", name), tag("dd", told, tag("small", more) if more else None)) for name, told, more in rows
    )
    return section("runs", "What runs", tag("dl", *listed, class_="facts"))


def traffic(about: About) -> Markup:
    """Rates and percentiles of all requests."""
    if not about.metrics:
        return section("traffic", "Traffic", tag("p", NOT_COUNTED, class_="notice"))
    figures = (
        tag("div", tag("dt", name), tag("dd", NONE, data_now=key), class_=f"figure {key}") for key, name in FIGURES
    )
    charts = tag(
        "div",
        chart("all", "rate", "Requests a second"),
        chart("all", "time", "Time a request takes"),
        class_="charts",
    )
    columns = ("Face", "Operation", "Calls", "Failed", "p50", "p95", "p99")
    return section(
        "traffic",
        "Traffic",
        tag("dl", *figures, class_="figures"),
        charts,
        tag("h3", "By operation", id="by-operation"),
        tag("p", "Nothing was called yet.", id="no-calls", class_="quiet"),
        table("calls", "by-operation", columns, first=2, hidden=True),
        tag(
            "details",
            tag("summary", "The charts as a table"),
            table("minutes", None, ("Minutes ago", "Requests/s", "Failed/s", "p50", "p95", "p99"), first=1),
        ),
    )


def upstreams(about: About) -> Markup:
    """A card for each upstream."""
    return section("upstreams", "Upstreams", tag("div", *(card(about, name) for name in TITLES), class_="cards"))


def card(about: About, name: str) -> Markup:
    """One upstream: its state, its numbers, its charts."""
    title, does = TITLES[name]
    address = about.upstreams.get(name)
    state = tag("span", "…" if address else "off", class_="state", data_state=name)
    parts = [
        tag("header", tag("h3", title), state),
        tag("p", does, class_="quiet"),
        tag("p", code(address) if address else "not configured: its operations are off", class_="address"),
    ]
    if address and about.metrics:
        numbers = (("rate", "calls/s"), ("errors", "failed"), ("p50", "p50"), ("p99", "p99"))
        told = (tag("div", tag("dt", label), tag("dd", NONE, data_now=key)) for key, label in numbers)
        parts += [
            tag("dl", *told, class_="small"),
            chart(name, "rate", "Calls a second"),
            chart(name, "time", "Time a call takes"),
        ]
    return tag("article", *parts, class_="card", data_series=name)


def chart(series: str, kind: str, title: str) -> Markup:
    """A chart, which the script draws; its text alternative is the label, and the table below the charts."""
    lines = ("all", "failed") if kind == "rate" else ("p50", "p95", "p99")
    legend = tag("span", *(tag("span", line, class_=f"key {line}") for line in lines), class_="legend")
    plot = tag("div", class_="plot", role="img", aria_label=f"{title}: nothing yet")
    caption = tag("figcaption", tag("span", title), legend, tag("span", class_="readout"))
    return tag("figure", caption, plot, class_="chart", data_series=series, data_kind=kind, data_title=title)


def table(name: str, label: str | None, columns: tuple[str, ...], *, first: int, hidden: bool = False) -> Markup:
    """An empty table, whose columns after the `first` ones are numbers."""
    heads = (
        tag("th", column, scope="col", class_=None if place < first else "number")
        for place, column in enumerate(columns)
    )
    return tag(
        "div",
        tag("table", tag("thead", tag("tr", *heads)), tag("tbody", id=name)),
        class_="wide",
        role="region",
        tabindex="0",
        aria_labelledby=label,
        aria_label=None if label else "Table",
        hidden=hidden,
    )


def section(name: str, title: str, *content: Markup) -> Markup:
    """A part of the page, with its heading."""
    return tag("section", tag("h2", title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title")


def code(text: str | None) -> Markup:
    """Something technical."""
    return tag("code", text) if text else joined()
