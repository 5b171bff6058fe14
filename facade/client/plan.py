"""What a sync is about to do and what it has done, as tables; and whether it may go on."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from facade.client.failure import CallError, printable
from facade.domain.roster import SHARE_DELETED
from facade.v1 import provisioning_pb2 as pb

SHOWN = 10  # addresses of each kind


def plan_table(plan: pb.SyncPlan, *, everything: bool) -> Table:
    """The plan; at most SHOWN addresses of each kind unless `everything` is asked for."""
    table = Table("", Column("users", justify="right"), "who", title="Plan")
    for name, mails, style in (
        ("add", plan.to_add, "green"),
        ("replace", plan.to_replace, "yellow"),
        ("delete", plan.to_delete, "red"),
    ):
        table.add_row(Text(name, style), Text(f"{len(mails)}", style), addresses(mails, everything=everything))
    table.add_row("keep", f"{plan.kept}", "")
    return table


def addresses(mails: Sequence[str], *, everything: bool) -> Text:
    """One address a line."""
    shown = mails if everything else mails[:SHOWN]
    lines = [printable(mail) for mail in shown]
    if more := len(mails) - len(shown):
        lines.append(f"and {more} more (--all shows them)")
    return Text("\n".join(lines), overflow="fold")


def summary_table(summary: pb.SyncSummary) -> Table:
    """How it ended."""
    table = Table("", Column("users", justify="right"), title="Summary")
    for field in pb.SyncSummary.DESCRIPTOR.fields:
        count = getattr(summary, field.name)
        failed = field.name in {"failed", "not_attempted"} and count
        table.add_row(Text(field.name.replace("_", " "), "red" if failed else ""), str(count))
    return table


def show(table: Table) -> None:
    """Prints a table on standard output."""
    Console(highlight=False).print(table)


def question(plan: pb.SyncPlan) -> str:
    """What is asked before something is taken away; "" if nothing is."""
    parts = [
        f"{verb} {len(mails)}" for verb, mails in (("delete", plan.to_delete), ("replace", plan.to_replace)) if mails
    ]
    if not parts:
        return ""
    last = len(plan.to_replace or plan.to_delete)
    return f"{' and '.join(parts).capitalize()} {'user' if last == 1 else 'users'}? [y/N] "


def check(plan: pb.SyncPlan, max_deletes: int | None) -> None:
    """Refuses (CallError, as the facade would) a plan that deletes more than `max_deletes`; None: a tenth of all users.

    It is done here since the facade is told to delete no more than was shown, which takes the place of its own limit.
    """
    total = plan.kept + len(plan.to_replace) + len(plan.to_delete)
    allowed = total // SHARE_DELETED if max_deletes is None else max_deletes
    if len(plan.to_delete) > allowed:
        text = f"The plan deletes {len(plan.to_delete)} of {total} users, and --max-deletes allows {allowed}."
        raise CallError(f"{text} Nothing was changed.", "FAILED_PRECONDITION", "PLAN_REFUSED")


def unshown(plan: pb.SyncPlan, shown: pb.SyncPlan) -> list[str]:
    """Addresses that `plan` deletes or replaces and that were not so `shown`."""
    return sorted(
        (lowered(plan.to_delete) - lowered(shown.to_delete)) | (lowered(plan.to_replace) - lowered(shown.to_replace))
    )


def lowered(mails: Sequence[str]) -> set[str]:
    """The addresses, without regard to case."""
    return {mail.lower() for mail in mails}
