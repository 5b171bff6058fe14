"""What a resolver can reach."""

from dataclasses import dataclass

import strawberry

from facade.bulk.connect import Bulk
from facade.caller import Caller
from facade.upstreams.connect import Upstreams


@dataclass(frozen=True, slots=True)
class Context:
    """One request: who asks, and what can be asked."""

    caller: Caller
    upstreams: Upstreams
    bulk: Bulk


Info = strawberry.Info[Context, None]
