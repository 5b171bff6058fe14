"""The upstreams: where they are, what may come from them, and our reading of their documents."""

from pydantic import BaseModel, Field, model_validator

from facade.settings.values import Count, Name, Seconds, Url, UrlPath, secure
from facade.upstreams.blurred import Blurred
from facade.upstreams.breaker import USUAL, Protection
from facade.upstreams.connect import Addresses


class UpstreamSettings(BaseModel):
    """A URL that is left out takes its upstream's operations away."""

    token_url: Url | None = Field(None, description="Base URL of IEM's Token API.")
    publish_url: Url | None = Field(None, description="Base URL of IEM's Publish API.")
    integration_url: Url | None = Field(None, description="Base URL of IEM's ITSM integration API.")
    bpm_url: Url | None = Field(None, description="Base URL of the BPM on Cloud virtual host.")
    insecure_upstreams: bool = Field(False, description="Allows http:// to upstreams on other machines.")

    max_answer_bytes: Count = Field(8 * 1024**2, description="Largest answer of an upstream, decompressed.")
    max_sessions: Count = Field(10_000, description="Token sessions kept.")

    upstream_concurrency: Count = Field(
        USUAL.concurrency, description="Calls to one upstream at a time; more are refused at once."
    )
    breaker_failures: Count = Field(
        USUAL.failures, description="Failures in a row after which an upstream counts as down."
    )
    breaker_pause: Seconds = Field(
        USUAL.pause, description="Seconds at most between two trials of an upstream that is down."
    )
    breaker_patience: Seconds = Field(USUAL.patience, description="Seconds without an answer that count as a failure.")

    publish_events_path: UrlPath = Field(Blurred.publish_events_path, description="Blurred in the API guide.")
    publish_entity_path: UrlPath = Field(Blurred.publish_entity_path, description="Blurred in the API guide.")
    publish_health_path: UrlPath = Field(Blurred.publish_health_path, description="Blurred in the API guide.")
    event_id_field: Name = Field(Blurred.event_id_field, description="Blurred in the API guide.")
    ticket_path: UrlPath = Field(Blurred.ticket_path, description="Blurred in the API guide.")
    ticket_customer_parameter: Name = Field(Blurred.ticket_customer_parameter, description="Blurred in the API guide.")

    @model_validator(mode="after")
    def _credentials_are_not_sent_in_the_clear(self) -> "UpstreamSettings":
        for name in ("token_url", "publish_url", "integration_url", "bpm_url"):
            url = getattr(self, name)
            if url and not self.insecure_upstreams and not secure(url):
                raise ValueError(f"{name}: must be https:// (or set insecure_upstreams)")
        return self

    @property
    def addresses(self) -> Addresses:
        """The upstreams' base URLs."""
        return Addresses(self.token_url, self.publish_url, self.integration_url, self.bpm_url)

    @property
    def protection(self) -> Protection:
        """What protects each upstream, and its callers from it."""
        return Protection(self.upstream_concurrency, self.breaker_failures, self.breaker_pause, self.breaker_patience)

    @property
    def blurred(self) -> Blurred:
        """Our reading of what the upstreams' documents leave blurred."""
        return Blurred(**{name: getattr(self, name) for name in Blurred.__dataclass_fields__})
