"""The ITSM integration API (contract section 3)."""

from urllib.parse import quote

import orjson

from facade.caller import Caller
from facade.domain.ticket import TicketUpdate
from facade.errors import invalid
from facade.upstreams.blurred import Blurred
from facade.upstreams.credentials import integration
from facade.upstreams.iem import SENTENCES, read_message
from facade.upstreams.operation import Operation
from facade.upstreams.rest import Rest

LONGEST_CUSTOMER = 1000  # characters; it stands in the URL


class TicketApi:
    """Tells IEM about tickets, one a call."""

    def __init__(self, rest: Rest, blurred: Blurred) -> None:
        self.rest = rest
        self._customer = blurred.ticket_customer_parameter
        self._update = Operation(
            name="UpdateTicket",
            method="POST",
            path=blurred.ticket_path,
            read=read_message,
            sentences=SENTENCES,
        )

    async def probe(self, caller: Caller) -> None:
        """Asks without credentials for nothing: an API that is there refuses."""
        await self.rest.call(self._update, caller, content=b"{}")

    async def update(self, update: TicketUpdate, caller: Caller) -> str:
        """Sets the state of the ticket's actionable; returns the upstream's sentence."""
        for name in ("customer_id", "sys_id"):
            if not getattr(update, name):
                raise invalid(f"update.{name}", "must not be empty")
        if len(update.customer_id) > LONGEST_CUSTOMER:
            raise invalid("update.customer_id", f"must not be longer than {LONGEST_CUSTOMER} characters")
        return await self.rest.call(
            self._update,
            caller,
            rest=f"?{self._customer}={quote(update.customer_id, safe='')}",
            headers=[integration(caller)],
            sent=caller.iem,
            content=orjson.dumps({"state": update.state, "sysid": update.sys_id}),
        )
