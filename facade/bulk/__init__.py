"""Bulk operations: many items in one request, each sent as the operation for a single item sends it.

    engine    runs the items of one request: what goes when, what is repeated, what is given up
    budget    when a job's time is over
    intake    takes the items, no faster than their results are taken
    item      an item before it has its result
    lane      one upstream's places, shared fairly by all callers of bulk operations
    shares    those callers, and who is next
    pace      how many calls an upstream bears just now (additive increase, multiplicative decrease)
    publish  ticket  provisioning       what an item of each API is
    sync      a roster that becomes the account

Knows neither face: items come in as an iterable, results go out as they come.
"""
