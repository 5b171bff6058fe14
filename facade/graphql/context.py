"""What a resolver can reach."""

from dataclasses import dataclass

import strawberry

from facade.bulk.connect import Bulk
from facade.caller import Caller
from facade.graphql.outcomes import Outcomes
from facade.upstreams.connect import Upstreams


@dataclass(frozen=True, slots=True)
class Context:
    """One request: who asks, what can be asked, and what a plan has led to already (see outcomes.py)."""

    caller: Caller
    upstreams: Upstreams
    bulk: Bulk
    outcomes: Outcomes | None = None


Info = strawberry.Info[Context, None]
