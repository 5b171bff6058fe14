"""A job's time: it is over a moment before the request's, so that the results still reach the caller, if it reads."""

from facade.caller import Caller
from facade.errors import Code, FacadeError, Outcome, Reason

ANSWER_TIME = 0.5  # seconds before its deadline that a job ends
ANSWER_SHARE = 0.1  # of the time that is left, where that is less


def ending(caller: Caller) -> float:
    """When the job of this caller is over, on the clock of `time.monotonic`."""
    return caller.deadline - min(ANSWER_TIME, caller.remaining() * ANSWER_SHARE)


def over() -> FacadeError:
    """The job's time is over."""
    return FacadeError(
        Code.DEADLINE_EXCEEDED,
        Reason.UPSTREAM_TIMEOUT,
        "The time of the request was over before all items were done.",
        outcome=Outcome.NOT_SENT,
    )


def results_not_taken() -> FacadeError:
    """The client of a stream did not read, so that it could not go on. What it was not told of may be done."""
    text = "The time of the request was over before the client had taken the results."
    return FacadeError(Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT, text, outcome=Outcome.UNKNOWN)
