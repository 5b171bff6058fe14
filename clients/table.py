"""Which clients there are. A new one is a row here, and a folder of its name.

A client is called with these in its environment, and takes what `facade serve --sandbox` uses where they are not set:

    FACADE_GRPC_ADDRESS, FACADE_HTTP_ADDRESS     host and port of the two faces
    SANDBOX                                      URL of the sandbox, whose faults make the upstreams fail

It prints a line for each operation that has answered as it must, `ok facade.v1.ProvisioningService/GetUser` or `ok
Query.user`; one for each error that came as it must, `error NOT_FOUND USER_NOT_FOUND` (code and reason); anything else
begins with other words. The last line is `name: N operations, M errors`, counted. The exit status is not 0 if one
answer was not what it must be. It can be run again on the same sandbox.
"""

from clients.client import Client, Tool

CLIENTS: tuple[Client, ...] = (
    Client(
        name="graphql-typescript",
        face="GraphQL",
        tools=(Tool("node", "--version", (20,)), Tool("npm", "--version", (10,))),
        build=("npm ci --prefer-offline", "cp {schema} schema.graphql", "npm run build"),
        run="node dist/main.js",
    ),
    Client(
        name="graphql-python",
        face="GraphQL",
        tools=(),
        build=(
            "{python} -m venv .venv",
            ".venv/bin/pip install -q -r requirements.txt",
            "cp {schema} schema.graphql",
            ".venv/bin/ariadne-codegen",
            "{python} -m mypy --python-executable .venv/bin/python main.py",
        ),
        run=".venv/bin/python main.py",
    ),
)
