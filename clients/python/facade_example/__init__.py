"""A client of the facade with grpcio: every operation, and the errors with all that they tell.

__main__     python -m facade_example
connection   the channel: TLS, credentials, the service config
errors       what an error tells: code, reason, metadata, wrong fields, when to try again
publish, users, tickets      the operations
failures     the errors, one by one
sandbox      makes the REST APIs behind a sandboxed facade fail
"""
