"""One server that gives three old REST APIs a gRPC and a GraphQL face.

The floors; each may import only what stands below it, and siblings never import each other:

    cli | worker            the command line | what it starts where several processes are to serve
    supervisor | server     what keeps these processes running | what serves
    assembly | showing      its parts, as the settings say | what it shows to people
    ide | console           the GraphQL IDE | the console
    pages                   how pages are served
    ports | web | client    where it listens | how HTTP does | the commands that call what serves
    certificates            the certificates that the settings name
    accepting | patience | refusing | frames     how connections are accepted, waited for, refused, kept within bounds
    loop                    the event loop
    config                  settings, loaded and checked
    settings                what can be set
    rpc | graphql           the two faces
    bulk | metrics          many items in one request, over the upstreams | what is counted
    access | upstreams | v1     who may call what | the REST adapter and the three APIs | generated messages
    domain, errors, meanings, caller, traces, quotas, congestion, admission, request_log,
    meters, tally, renewal, tls     plain Python

`sandbox` stands beside the house: stand-ins for the upstream APIs that import nothing of it.
"""
