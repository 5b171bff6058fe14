"""Where the time of each operation goes: `python -m benchmarks.profiles` writes `profiles/*.txt`.

py-spy (`pip install py-spy`) looks at a facade under load; what it sees is kept as text, so that the next profile can
be laid beside it. Times in the kernel and in C count for the Python function that they were called from, or for the
library where there is none, as in gRPC's own threads.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.load import Run, measured
from benchmarks.measure import Case, case
from benchmarks.operations import operations
from benchmarks.servers import FACADE, cores, started
from benchmarks.serving import lines, process

FOLDER = Path(__file__).parent / "profiles"
SECONDS = 8
RATE = 400  # samples a second: more would slow down what is looked at
SHOWN = 30  # functions
OURS = ("facade/rpc/", "facade/graphql/", "facade/upstreams/", "facade/request_log", "facade/caller", "facade/lines")
PLACE = re.compile(r"^(?P<function>.*) \((?P<path>[^()]*)\)$")
INSTALLED = re.compile(r"^.*/(?:site-packages|python3\.\d+|facade(?=/facade/))/")


def stacks(recorded: str) -> Iterator[tuple[list[str], int]]:
    """Each stack that was seen, outermost function first, and how often."""
    for line in recorded.splitlines():
        frames, _, count = line.rpartition(" ")
        yield [short(frame) for frame in frames.split(";")], int(count)


def short(frame: str) -> str:
    """A function with its file from the package on."""
    found = PLACE.match(frame)
    if found is None:
        return frame or "(unknown)"
    path = found["path"].replace(str(Path.cwd()) + "/", "")
    return f"{INSTALLED.sub('', path)} {found['function']}"


def told(title: str, seen: Iterable[tuple[list[str], int]]) -> str:
    """The profile as text: functions by the time in themselves, and our own by the time with all that they call."""
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for frames, count in seen:
        own[frames[-1]] += count
        for frame in {frame for frame in frames if frame.startswith(OURS)}:
            whole[frame] += count
    samples = own.total()
    parts = [f"{title}: {samples} samples"]
    for head, counted in (("in itself", own), ("ours, with what it calls", whole)):
        rows = [f"{count / samples:7.1%}  {name}" for name, count in counted.most_common(SHOWN)]
        parts.append("\n".join([f"  share  function, {head}", *rows]))
    return "\n\n".join(parts) + "\n"


def recorded(pid: int, found: Case, spy: str) -> str:
    """What py-spy sees while the operation is called on and on."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stacks"
        command = [spy, "record", f"--pid={pid}", f"--duration={SECONDS}", f"--rate={RATE}", "--format=raw"]
        command += ["--function", "--nonblocking", f"--output={file}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            while running.poll() is None:
                run = Run(found.operation.wire, found.operation.requests, found.body.__eq__, found.count)
                asyncio.run(measured(found.server.addresses[found.operation.face], run))
        if running.returncode:
            sys.exit("py-spy may not look at other processes here: it needs root, or the capability SYS_PTRACE")
        return file.read_text(encoding="utf-8")


def main() -> None:
    """Writes all profiles."""
    spy = shutil.which("py-spy")
    if spy is None:
        sys.exit("benchmarks.profiles needs py-spy: pip install py-spy")
    FOLDER.mkdir(exist_ok=True)
    server_core, load_core = cores()
    os.sched_setaffinity(0, {load_core})
    with process("benchmarks.upstream", "0", core=load_core) as running:
        url = f"http://127.0.0.1:{lines(running)[0]}"
        for operation in operations():
            with started(FACADE, url, server_core) as server:
                seen = stacks(recorded(server.pid, case(server, operation), spy))
                text = told(f"{operation.face} {operation.name}", seen)
            (FOLDER / f"{operation.face}-{operation.name}.txt").write_text(text, encoding="utf-8")
            print(text)


if __name__ == "__main__":
    main()
