"""What a resolver can reach."""

from dataclasses import dataclass
from typing import Any

import strawberry

from facade.bulk.connect import Bulk
from facade.caller import Caller
from facade.upstreams.connect import Upstreams


@dataclass(frozen=True, slots=True)
class Context:
    """One request: who asks, what can be asked, and what a plan has led to already (see plan.py)."""

    caller: Caller
    upstreams: Upstreams
    bulk: Bulk
    outcomes: Any = None


Info = strawberry.Info[Context, None]
