"""Several worker processes that serve on the same two ports, and the supervisor that keeps them running.

    order         what a worker is told when it starts, and what it says while it runs
    process       one worker process, as the supervisor sees it
    supervisor    starts, watches, replaces and drains them

What runs in a worker is `facade.worker`. The supervisor loads nothing that serves: it stays small, and nothing that a
caller sends can harm it.
"""
