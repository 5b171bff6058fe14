"""The tests. What holds for all of them is said before anything of them is imported."""

import os

# gRPC's handlers of forks are of no use to a child that becomes another program at once, and one that is forked while
# calls are under way may be ended by them before it does. Read when grpc is imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
