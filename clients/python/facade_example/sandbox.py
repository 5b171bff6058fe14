"""Makes the REST APIs behind a sandboxed facade fail, so that the errors can be seen. Production has no such thing."""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def fault(**given: Any) -> Iterator[None]:
    """It goes wrong while the block runs: see facade/sandbox/faults.py."""
    control("PUT", [given])
    try:
        yield
    finally:
        control("DELETE")


def control(method: str, body: Any = None) -> Any:
    """Asks the sandbox, at the URL that `facade serve --sandbox` prints."""
    url = os.environ.get("SANDBOX") or sys.exit("SANDBOX is not set: it is the address that the facade prints for it")
    content = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{url}/sandbox/faults", content, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
