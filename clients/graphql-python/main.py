"""Calls every operation of a facade on its sandbox, and meets every kind of error; see the README beside it."""

import asyncio
import os

import failures
import operations
from session import Session, basic
from told import close


async def main() -> None:
    """Runs all of it."""
    address = os.environ.get("FACADE_HTTP_ADDRESS", "127.0.0.1:8080")
    async with Session(address, basic("api@example.com", "sandbox")) as session, Session(address, {}) as stranger:
        await operations.run(session, stranger)
        await failures.run(session, stranger)
    close("graphql-python")


if __name__ == "__main__":
    asyncio.run(main())
