"""Calls every operation of a sandboxed facade and meets its errors: `python -m facade_example`."""

import os

from facade_example import failures, others, publish, users
from facade_example.connection import basic, bearer, connect
from facade_example.report import Report


def main() -> None:
    """All of it. Ends with an exception if an answer is not what it must be."""
    user = os.environ.get("FACADE_USER", "api@example.com")
    password = os.environ.get("FACADE_PASSWORD", "sandbox")
    report = Report()
    with connect() as anonymous:
        others.serving(anonymous, report)
        publish.health(anonymous, report)
        token = others.token(anonymous, report, user, password)
    with connect(bearer(token)) as channel:
        publish.metric_with_token(channel, report)
    with connect(basic(user, password)) as channel:
        publish.one_by_one(channel, report)
        publish.batch(channel, report)
        publish.stream(channel, report)
        others.tickets(channel, report)
        users.all_operations(channel, report)
        failures.of_requests(channel, report)
        failures.of_a_plan(channel, report)
        failures.of_credentials(report, user, password, token)
        failures.of_upstreams(channel, report)
        failures.retried(channel)
        failures.of_time(channel, report)
    report.close()


if __name__ == "__main__":
    main()
