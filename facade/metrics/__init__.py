"""What a server does, in numbers that Prometheus reads.

    labels        the values that labels have: all of them are ours
    families      kinds of metrics, each with its place among the cells
    catalogue     all metrics that there are
    recorder      counts what the parts of a server tell
    sampler       looks at what nobody tells
    metrics       all together, as one page of text

The values of all labels are known at the start, so that each number has its cell then (see `facade.tally`): to count is
to add to a few of them, and nothing that a caller sends can make one more.
"""
