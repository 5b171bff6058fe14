"""Everything a sandbox remembers."""

from collections.abc import Callable

from facade.sandbox.accounts import ACCOUNTS, Account
from facade.sandbox.exchange import Answer, Call
from facade.sandbox.faults import Faults
from facade.sandbox.options import Options
from facade.sandbox.request_log import RequestLog
from facade.sandbox.roster import Roster
from facade.sandbox.sessions import Sessions


class State:
    """One sandbox's memory; nothing of it outlives the process. `accounts` is by e-mail address."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.accounts: dict[str, Account] = {a.email: a for a in (*ACCOUNTS, *options.accounts)}
        self.sessions = Sessions(options.token_lifetime)
        self.roster = Roster(options.users)
        self.faults = Faults()
        self.log = RequestLog(options.max_log)


Endpoint = Callable[[State, Call], Answer]
