"""Updates of the ITSM integration (contract section 3)."""

from dataclasses import dataclass

from facade.domain.described import described


@dataclass(frozen=True)
class TicketUpdate:
    """The new state of one ticket."""

    customer_id: str = described("Identifier of the customer in IEM.")
    sys_id: str = described("The ticket's sys_id in the ITSM tool.")
    state: int = described("The ticket's state as the ITSM tool numbers it, such as 4 for resolved.")
