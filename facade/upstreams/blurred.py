"""Names that the upstreams' documents leave blurred: our best reading, each a setting."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Blurred:
    """Paths begin with a slash and are appended to the upstream's base URL."""

    publish_events_path: str = "/publish/allevents"  # a screenshot has a trailing slash
    publish_entity_path: str = "/publish/entity"  # cut off after `enti`
    publish_health_path: str = "/publish/healthcheck/"  # reads `publish/health check/`
    event_id_field: str = "eventid"  # may read `ieventid`
    ticket_path: str = "/gbp/push/"
    ticket_customer_parameter: str = "CustomerId"
