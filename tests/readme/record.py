"""Records the README's picture, `users-sync.svg`, from a run at a pseudo-terminal: `python -m tests.readme.record`."""

import asyncio
import csv
import io
import re
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from facade import sandbox
from facade.server import running
from tests.client.runs import Commands
from tests.support import settings_for

PICTURE = Path(__file__).with_name("users-sync.svg")
WIDTH = 84  # columns
COMMAND = ("users", "sync", "roster.csv", "--delete-missing", "--replace-changed")
# Without fonts from elsewhere, which a README may not load.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


async def session() -> list[str]:
    """The lines, with their colours, that the terminal shows in the end."""
    with tempfile.TemporaryDirectory() as place:
        async with (
            sandbox.running(sandbox.Options(users=1000)) as upstream,
            running(settings_for(upstream.url)) as facade,
        ):
            commands = Commands(facade.grpc, Path(place))
            roster((await commands.run("users", "list")).out, Path(place, "roster.csv"))
            async with commands.at_terminal(*COMMAND) as terminal:
                await terminal.until("[y/N] ")
                terminal.type("y\n")
                assert await terminal.status() == 0
                # A line that is drawn again begins so, in place of what was there.
                return [line.split("\r\x1b[2K")[-1] for line in terminal.raw.split("\n")]


def roster(listed: str, file: Path) -> None:
    """The account's users without the last twelve, two of them changed, and 300 new ones."""
    header, *users = csv.reader(io.StringIO(listed))
    users = users[:-12]
    for user in users[2:4]:
        user[2] = "Renamed"
    users += [[f"new{number:03}@example.com", "New", f"{number:03}", "", "", "", "", ""] for number in range(1, 301)]
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([header, *users])


def main() -> None:
    """Writes the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ facade {' '.join(COMMAND)}"))
    for line in asyncio.run(session()):
        console.print(Text.from_ansi(line))
    console.save_svg(str(PICTURE), title="facade users sync", code_format=FORMAT, unique_id="users-sync")


if __name__ == "__main__":
    main()
