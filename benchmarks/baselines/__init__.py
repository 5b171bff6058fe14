"""What the facade is measured against.

Each is a program that a competent team would write in a day, with production settings: no deliberate slowness, and no
tricks. All have one interface: the environment variable UPSTREAM is the base URL of all three REST APIs (the null ones
have none), the one line printed is the `host:port` that is listened on, and SIGTERM ends it.
"""
