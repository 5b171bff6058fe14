"""Traces: where they are sent, and what of. OpenTelemetry's own variables (OTEL_…) are no settings of the facade."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from facade.settings.secrets import Secret, SecretSettings
from facade.settings.values import PREFIX, Url, secure
from facade.traces.connect import Wanted
from facade.traces.tracer import Followed

USUAL_PATH = "/v1/traces"  # of OTLP over HTTP

Text = Annotated[str, Field(min_length=1)]


class TraceSettings(SecretSettings):
    """Nothing is traced without an endpoint."""

    traces_endpoint: Url | None = Field(
        None, description="Where traces are sent: a URL of OTLP over HTTP; nothing is traced if not set."
    )
    traces_insecure: bool = Field(False, description="Allows http:// to a collector on another machine.")
    traces_headers: Secret = Field(None, description="Headers for the collector: name=value, with commas between.")
    traces_headers_file: Text | None = Field(None, description="File that holds these headers.")
    traces_sampling: float = Field(1.0, ge=0, le=1, description="Share of the requests whose traces are recorded.")
    traces_follow: Followed = Field(
        "known", description="Whose traces are recorded beyond it if they say so: known callers', all or none."
    )
    traces_service_name: Text = Field("facade", description="What the facade is called in traces.")

    @model_validator(mode="after")
    def _have_somewhere_to_go(self) -> "TraceSettings":
        if self.traces_endpoint and not self.traces_insecure and not secure(self.traces_endpoint):
            raise ValueError("traces_endpoint: must be https:// (or set traces_insecure)")
        if self.given("traces_headers") and not self.traces_endpoint:
            raise ValueError("traces_headers: needs traces_endpoint")
        return self

    @property
    def traces(self) -> Wanted | None:
        """What is wanted, or None if nothing is traced."""
        if self.traces_endpoint is None:
            return None
        return Wanted(
            endpoint=self.traces_endpoint + ("" if urlsplit(self.traces_endpoint).path else USUAL_PATH),
            share=self.traces_sampling,
            followed=self.traces_follow,
            service=self.traces_service_name,
            setting=PREFIX + ("TRACES_HEADERS_FILE" if self.traces_headers_file else "TRACES_HEADERS"),
            headers=self.reader("traces_headers") if self.given("traces_headers") else str,
            files=self.secret_files("traces_headers"),
        )
