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

PYTHON = Tool("python3", "--version", (3, 10))
GO = Tool("go", "version", (1, 26))
JAVA = (Tool("javac", "--version", (17,)), Tool("mvn", "--version", (3, 6, 3)))
MAVEN = "mvn -q -B -ntp"
NODE = (Tool("node", "--version", (20, 18, 1)), Tool("npm", "--version", (8,)))
NPM_INSTALL = "npm ci --ignore-scripts --no-audit --no-fund"
GENERATE = "buf generate {descriptor} --path facade/v1"

CLIENTS = (
    Client(
        "python",
        "gRPC",
        (PYTHON,),
        ("{python} -m venv .venv", ".venv/bin/pip install -q -r requirements.txt", GENERATE),
        "env PYTHONPATH=gen .venv/bin/python -m facade_example",
    ),
    Client("go", "gRPC", (GO,), (GENERATE, "go build -o bin/ ."), "bin/facade-client"),
    Client(
        "java",
        "gRPC",
        JAVA,
        (
            f"{MAVEN} initialize",
            "chmod +x target/tools/protoc target/tools/protoc-gen-grpc-java",  # Maven's artifacts have no such bit
            GENERATE,
            f"{MAVEN} process-classes",
        ),
        "java -cp target/classes:target/lib/* com.example.client.Main",
    ),
    Client(
        "typescript",
        "gRPC",
        NODE,
        # The descriptor has the messages of errors, too; Node has no package of them.
        (NPM_INSTALL, f"{GENERATE} --path google/rpc", "buf generate protos", "node_modules/.bin/tsc"),
        "node dist/src/main.js",
    ),
    Client(
        "graphql-typescript",
        "GraphQL",
        NODE,
        (NPM_INSTALL, "cp {schema} schema.graphql", "npm run build"),
        "node dist/main.js",
    ),
    Client(
        "graphql-python",
        "GraphQL",
        (PYTHON,),
        (
            "{python} -m venv .venv",
            ".venv/bin/pip install -q -r requirements.txt",
            "cp {schema} schema.graphql",
            ".venv/bin/ariadne-codegen",
            "{python} -m mypy --python-executable .venv/bin/python main.py",
        ),
        ".venv/bin/python main.py",
    ),
)
