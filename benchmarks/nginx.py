"""nginx as the upstream: its own cost is so small that the server under test is what is measured."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.answers import LIST, MANY, ONE, PUBLISHED, TOKEN_PATH, token

# A publish without the cookie that the Token API gave is refused, so that a server which leaves it out is found out.
CONFIG = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  open_file_cache max=10;
  client_body_temp_path {folder};
  proxy_temp_path {folder};
  fastcgi_temp_path {folder};
  uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  keepalive_requests 10000000;
  keepalive_timeout 600;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = {token_path} {{ return 200 '{token}'; }}
    location /publish/ {{
      if ($cookie_access_token !~ "^token-of-") {{ return 401 '{{"message": "Token is required"}}'; }}
      return 200 '{published}';
    }}
    location = {list} {{
      if ($http_authorization = "") {{ return 403; }}
      alias {folder}/many.json;
    }}
    location {list}/ {{
      if ($http_authorization = "") {{ return 403; }}
      return 200 '{one}';
    }}
    location = /count {{ stub_status; }}
  }}
}}
"""


def available() -> bool:
    """Whether there is an nginx."""
    return shutil.which("nginx") is not None


def version() -> str:
    """What nginx says that it is."""
    told = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True, timeout=10)
    return told.stderr.strip().rpartition(" ")[2]


def free_port() -> int:
    """A port that was free a moment ago: nginx does not say which one it would have chosen."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def nginx() -> Iterator[str]:
    """The URL of an nginx that answers as the upstreams do; ended with the block."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        text = CONFIG.format(
            folder=folder,
            port=port,
            list=LIST,
            token_path=TOKEN_PATH,
            token=token("$remote_user").decode(),
            published=PUBLISHED.decode(),
            one=ONE.decode(),
        )
        Path(folder, "many.json").write_bytes(MANY)  # too long for nginx's configuration
        config = Path(folder, "nginx.conf")
        config.write_text(text, encoding="utf-8")
        with subprocess.Popen(["nginx", "-c", str(config), "-e", f"{folder}/error.log"]) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                reachable(url)
                yield url
            finally:
                process.terminate()


def reachable(url: str) -> None:
    """Waits until something answers there."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:  # with growing pauses, 6 s in all
        client.get(f"{url}/count").raise_for_status()


def asked(url: str) -> int:
    """How many requests the upstream at `url` has had, this one left out. Ours tells a number, nginx a page."""
    words = httpx.get(f"{url}/count").text.split()
    return int(words[0]) if len(words) == 1 else int(words[9]) - 1
