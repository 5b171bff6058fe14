"""A client that streams events until it is killed. Run as a process: `python -m tests.bulk.endless ADDRESS`."""

import asyncio
import sys
from itertools import count

import grpc

from facade.v1 import publish_pb2 as pb
from facade.v1 import publish_pb2_grpc
from tests.support import basic


async def stream(address: str) -> None:
    """Writes as fast as it may, and reads."""
    async with grpc.aio.insecure_channel(address) as channel:
        requests = (
            pb.PublishStreamRequest(item=pb.PublishItem(item_id=str(number), event=pb.Event(entity_id=str(number))))
            for number in count()
        )
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        async for _ in stub.PublishStream(requests, metadata=tuple(basic().items())):
            pass


if __name__ == "__main__":
    asyncio.run(stream(sys.argv[1]))
