"""Stand-ins for the four upstream REST APIs, for testing any client of theirs.

One port serves the paths of all four; each of their base URLs is the sandbox's.

    async with running(Options(users=1000)) as sandbox:
        ...  # sandbox.url, for example http://127.0.0.1:43123

What is what:

    token  publish  ticket  provisioning     the endpoints: plain functions of the state and a call
    accounts  credentials  sessions  roster  who may call, and what they find
    faults  fault_reader  request_log        what goes wrong on request, what has come in
    gate  connection  upstreams              the way of a request: log, fault, endpoint, answer
    control  front_page                      what steers and explains it
    app  protocol  running                   Starlette, TCP, start and stop

It imports nothing else of this project, so it cannot share its mistakes.
"""

from facade.sandbox.accounts import Account
from facade.sandbox.app import create_app
from facade.sandbox.options import Options
from facade.sandbox.running import Running, running, serve

__all__ = ["Account", "Options", "Running", "create_app", "running", "serve"]
