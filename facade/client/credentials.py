"""As whom a command calls: from the environment, or asked for. Never from arguments, which other users can see.

FACADE_USER, FACADE_PASSWORD    sent as Basic credentials
FACADE_TOKEN                    an access token, which IEM takes and BPM does not
FACADE_API_KEY                  instead of all these, where the facade authenticates its callers
"""

import getpass
import os
import re
from base64 import b64encode
from dataclasses import dataclass, field

from facade.client.failure import MisuseError
from facade.client.terminal import NoTerminalError, ask, terminal

TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is sent with each call."""

    metadata: tuple[tuple[str, str], ...] = field(repr=False)


def basic() -> Credentials:
    """An account's address and password; what the environment lacks is asked for. MisuseError without a terminal.

    Or the API key of the environment, if there is one.
    """
    if key := os.environ.get("FACADE_API_KEY"):
        if not TOKEN.fullmatch(key):
            raise MisuseError("FACADE_API_KEY: is not a key")
        return Credentials((("x-api-key", key),))
    user = os.environ.get("FACADE_USER") or asked("FACADE_USER")
    if ":" in user:
        raise MisuseError("FACADE_USER: must not contain a colon")
    password = os.environ.get("FACADE_PASSWORD") or asked("FACADE_PASSWORD")
    pair = b64encode(f"{user}:{password}".encode()).decode()
    return Credentials((("authorization", f"Basic {pair}"),))


def basic_or_token() -> Credentials:
    """The token of the environment if there is one, else as `basic`."""
    token = os.environ.get("FACADE_TOKEN")
    if not token or os.environ.get("FACADE_API_KEY"):
        return basic()
    if not TOKEN.fullmatch(token):
        raise MisuseError("FACADE_TOKEN: is not a token")
    return Credentials((("authorization", f"Bearer {token}"),))


def asked(variable: str) -> str:
    """What the person at the terminal gives in place of a variable; a password is not shown."""
    try:
        if variable == "FACADE_USER":
            given = ask("User: ")
        else:
            with terminal():  # getpass would fall back to standard input and show what is typed
                given = getpass.getpass("Password: ")
    except NoTerminalError:
        raise MisuseError(f"{variable}: is not set, and there is no terminal to ask at") from None
    except EOFError:
        given = ""
    if not given:
        raise MisuseError(f"{variable}: is not set, and nothing was given")
    return given
