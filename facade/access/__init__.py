"""Who may call what, where the facade authenticates its callers: the one home of it for both faces.

files         what the file of a setting holds
operations    the operations by their gRPC names, and the patterns over them
callers       the callers' file
keys          the keys that tokens are checked with: from a file or a URL
tokens        the tokens of callers (JWT)
own           the facade's credentials for upstreams
entrance      makes the Caller of a request; both faces go through it
connect       puts these together
"""
