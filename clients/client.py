"""A client: what it needs, how it is built and run."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent
PATIENCE = 900.0  # seconds for one command: a first build downloads what it needs
LAST_LINES = 40  # of what a command that failed has printed

Face = Literal["gRPC", "GraphQL"]


class ClientError(Exception):
    """A client that could not be built, or did not do what it must; the text says which and why."""


@dataclass(frozen=True)
class Tool:
    """A program that must be there.

    Attributes:
        name: of the program.
        asks: the arguments with which it prints its version.
        at_least: the oldest version that will do.

    """

    name: str
    asks: str
    at_least: tuple[int, ...]

    def missing(self) -> str | None:
        """Why it is of no use here, or None."""
        path = shutil.which(self.name)
        if path is None:
            return f"{self.name} is not installed"
        asked = subprocess.run([path, self.asks], capture_output=True, text=True, check=False)
        found = re.search(r"\d+(\.\d+)+", asked.stdout + asked.stderr)
        version = tuple(map(int, found[0].split("."))) if found else ()
        if version >= self.at_least:
            return None
        needed = ".".join(map(str, self.at_least))
        return f"{self.name} is {found[0] if found else 'broken'}, and {needed} or newer is needed"


@dataclass(frozen=True)
class Client:
    """One client.

    Attributes:
        name: of the client, and of its folder; its closing line begins with it.
        face: which one it calls.
        tools: what must be there.
        build: the commands that make it, run in its folder, one after the other. Words in braces are filled in:
            {python} (the one that runs this), {descriptor} (the file of /descriptor.binpb), {schema} (the file of
            /schema.graphql).
        run: the command that runs it.

    """

    name: str
    face: Face
    tools: tuple[Tool, ...]
    build: tuple[str, ...]
    run: str

    @property
    def folder(self) -> Path:
        """Where it is."""
        return FOLDER / self.name

    def missing(self) -> str | None:
        """Why it is left out, or None."""
        return next(filter(None, (tool.missing() for tool in self.tools)), None)

    def made(self, words: Mapping[str, str], environment: Mapping[str, str]) -> None:
        """Builds it. ClientError if that fails twice: most of it is downloads."""
        for command in self.build:
            words_of = command.format_map(words).split()
            try:
                self._ran(words_of, environment)
            except ClientError:
                self._ran(words_of, environment)

    def printed(self, environment: Mapping[str, str]) -> str:
        """Runs it: what it printed on standard output. ClientError if it ends with another status than 0."""
        return self._ran(self.run.split(), environment)

    def _ran(self, command: Sequence[str], environment: Mapping[str, str]) -> str:
        """Runs a command in its folder: its standard output."""
        # A program is looked up in the PATH that it is given, not in ours.
        program = shutil.which(command[0], path=environment["PATH"]) if "/" not in command[0] else command[0]
        if program is None:
            raise ClientError(f"{self.name}: {command[0]} is not installed")
        try:
            done = subprocess.run(
                [program, *command[1:]],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise ClientError(f"{self.name}: {' '.join(command)} took longer than {PATIENCE:.0f} s") from None
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
            raise ClientError(f"{self.name}: {' '.join(command)} ended with {done.returncode}\n{said}")
        return done.stdout
