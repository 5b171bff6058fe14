"""What the end of a call says of its upstream: that it is there, that it is down, or nothing."""

import asyncio

from facade.errors import FacadeError, Reason

DOWN_STATUSES = frozenset({0, 502, 503, 504})  # 0 for no answer
DOWN_REASONS = frozenset(
    {Reason.UPSTREAM_UNREACHABLE, Reason.UPSTREAM_OVERLOADED, Reason.OUTCOME_UNKNOWN, Reason.UPSTREAM_TIMEOUT}
)
NO_EVIDENCE = frozenset({Reason.INTERNAL, Reason.OVERLOADED})  # a defect, and a shortage, of the facade's own


def tells(error: BaseException | None, seconds: float, patience: float) -> bool | None:
    """Whether a call that ended in `error` after so long says that the upstream is down; None if it says nothing."""
    if error is None:
        return False
    if isinstance(error, asyncio.CancelledError):  # its caller is gone, perhaps since there was no answer
        return True if seconds >= patience else None
    if not isinstance(error, FacadeError) or error.reason in NO_EVIDENCE:
        return None
    if error.reason is Reason.UPSTREAM_TIMEOUT and not error.upstream_status:
        return True if seconds >= patience else None
    return error.upstream_status in DOWN_STATUSES and error.reason in DOWN_REASONS
