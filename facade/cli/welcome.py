"""What `facade serve` says when it has started."""

from importlib.metadata import version

from facade.config import Settings
from facade.ide.cache import directory
from facade.ide.package import FILE

URLS = {"token": "token_url", "publish": "publish_url", "integration": "integration_url", "bpm": "bpm_url"}


def welcome(settings: Settings, grpc: str, http: str, workers: int, *, sandboxed: bool) -> str:
    """What a user wants to know when the facade has started."""
    lines = [f"facade {version('facade')}, {settings.mode} mode", f"  gRPC     {grpc}", f"  GraphQL  {http}/graphql"]
    lines += pages(settings, http)
    if settings.tls_certificate:
        lines.append(f"  TLS      on both ports{'; clients must show a certificate' if settings.tls_client_ca else ''}")
    if sandboxed:
        lines.append(f"  sandbox  {settings.token_url}  (accounts, faults, request log: GET /)")
    else:
        for name, field in URLS.items():
            lines.append(f"  {name + ' API':16} {getattr(settings, field) or 'not configured: its operations are off'}")
    lines += callers(settings)
    if settings.traces:
        lines.append(f"  traces   {settings.traces.endpoint}: {settings.traces.share:.4g} of all requests")
    if workers > 1:
        lines.append(f"  workers  {workers}")
    if settings.publish_url and not settings.token_url:
        tokens = "." if settings.iem_user else "; tokens work."
        lines.append(f"  Publishing with Basic credentials needs FACADE_TOKEN_URL{tokens}")
    if sandboxed:
        who = '-H "x-api-key: $KEY"' if settings.callers else "-u api@example.com:sandbox"
        lines += [
            "Try it:",
            f"  curl -s {http}/graphql {who} -H 'content-type: application/json' \\",
            """    -d '{"query": "{ users(first: 3) { nodes { mail cn sn } totalCount } }"}'""",
        ]
    return "\n".join(lines)


def callers(settings: Settings) -> list[str]:
    """Whose credentials go upstream, and who may call."""
    if settings.callers is None:
        return ["  callers  pass-through: each call goes upstream with its caller's credentials"]
    ways = "API key or certificate" if settings.jwt_keys is None else "API key, token or certificate"
    lines = [f"  callers  authenticated by {ways}: {settings.callers}"]
    for name, user in (("IEM", settings.iem_user), ("BPM", settings.bpm_user)):
        header = f"pass-through: its callers' credentials, in x-{name.lower()}-authorization"
        lines.append(f"  {name:8} {f'service credentials: {user}' if user else header}")
    return lines


def pages(settings: Settings, http: str) -> list[str]:
    """What there is for browsers."""
    lines = []
    if settings.switched_on(settings.console):
        lines.append(f"  console  {http}/")
    if settings.switched_on(settings.ide):
        installed = (directory(settings.ide_directory) / FILE).is_file()
        lines.append(f"  IDE      {http}/graphql in a browser{'' if installed else ', after `facade ide install`'}")
    return lines
