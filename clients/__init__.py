"""Clients of the facade in several languages, each generated from what it publishes, and what runs them all.

__main__    python -m clients: starts a facade on its sandbox, builds and runs each client, says what it found
table       which clients there are
client      a client: what it needs, how it is built and run
serving     the facade that they call
contract    the operations that a client must have called, read from what the facade publishes
told        what a client printed, read and checked
"""
