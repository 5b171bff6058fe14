"""`python -m benchmarks.replicas`: three replicas behind a real Envoy under load; one is killed, one drained.

Prints how evenly the calls were spread while all were there, before and after, and which calls failed: those in flight
on the replica that was killed may, others may not. It takes about a minute, all of it on loopback, and its exit status
is 1 if something else was seen. Needs the extra `scale`.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.replicas.envoy import MISSING, binary
from benchmarks.replicas.scenario import Seen, failover

CALLERS = 12  # of each face
CALLS = 2000  # of each face, of which the shares are told
LIMIT = 85.0  # seconds
EVEN = 0.15  # how far a replica's share may be from an even one


def summary(seen: Seen) -> str:
    """What came of it, in lines."""
    lines = []
    for when, found in (("before", seen.even), ("after", seen.again)):
        told = "; ".join(
            f"{cluster} {' '.join(f'{share:.2f}' for share in each)}" for cluster, each in sorted(found.items())
        )
        lines.append(f"shares {when:6}  {told}  (1.00 is even)")
    asked, ended = seen.from_to
    ends = Counter(f"{call.face} {'write' if call.write else 'read'} {call.end}" for call in seen.failed)
    meanwhile = [call for call in seen.calls if asked <= call.ended and call.began <= ended]
    lines += [
        f"calls          {len(seen.calls)}, of which failed {len(seen.failed)}: {dict(ends) or 'none'}",
        f"killed         {seen.killed[0]}: {len(seen.failed) - len(seen.unexplained)} calls in flight on it failed",
        f"drained        {seen.drained[0]} in {ended - asked:.1f} s, exit status {seen.status}; "
        f"of {len(meanwhile)} calls meanwhile failed {sum(call.end != 'OK' for call in meanwhile)}",
        f"unexplained    {seen.unexplained or 'none'}",
        f"events         {len(seen.events)} at the upstream, twice {seen.twice or 'none'}",
    ]
    return "\n".join(lines)


async def measured(folder: Path) -> Seen:
    """One run, which ends in time in any case."""
    async with asyncio.timeout(LIMIT):
        return await failover(folder, callers=CALLERS, calls=CALLS)


def main() -> int:
    """Runs it; returns the exit status."""
    if binary() is None:
        print(MISSING)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        try:
            seen = asyncio.run(measured(Path(folder)))
        except TimeoutError:
            print(f"not done in {LIMIT:.0f} s: the machine has too much else to do")
            return 1
    print(summary(seen))
    return int(bool(seen.unexplained or seen.twice or seen.status or seen.uneven > EVEN))


if __name__ == "__main__":
    sys.exit(main())
