"""A bare ASGI application under uvicorn: `python -m benchmarks.baselines.null_asgi`.

The floor under every GraphQL facade that uvicorn serves: it reads the body, parses nothing, and gives one answer.
"""

from starlette.types import Receive, Scope, Send

from benchmarks.baselines.listening import serve_http

ANSWER = b'{"data":{"publishEvent":{"message":"Data published successfully"}}}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))],
}
BODY = {"type": "http.response.body", "body": ANSWER}


async def application(_scope: Scope, receive: Receive, send: Send) -> None:
    """One request."""
    while (await receive()).get("more_body", False):
        pass
    await send(START)
    await send(BODY)


if __name__ == "__main__":
    serve_http(application)
