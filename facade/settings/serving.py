"""How the facade serves: where it listens, what it shows, and what it writes down."""

from typing import Literal

from pydantic import BaseModel, Field

from facade.settings.values import Address, Delay, HostNames, Origins, Seconds


class ServingSettings(BaseModel):
    """The ports, the mode and the log."""

    grpc_address: Address = Field("127.0.0.1:50051", description="Where gRPC listens.")
    http_address: Address = Field("127.0.0.1:8080", description="Where GraphQL and health listen.")
    drain_delay: Delay = Field(
        0.0, description="Seconds after SIGTERM in which it says it is not ready, and still serves."
    )
    drain_timeout: Seconds = Field(20.0, description="Seconds that requests in flight get at SIGTERM.")
    max_connection_age: Seconds = Field(
        300.0, description="Seconds after which a client is asked to connect anew, which spreads connections."
    )
    trusted_hosts: HostNames = Field(
        None, description="Names that a GraphQL request's Host may have, or *.example.com; any if not set."
    )
    cors_origins: Origins = Field(
        None, description="Origins of pages of other sites that may call GraphQL; none if not set."
    )
    trusted_documents: str | None = Field(
        None, description="File of the GraphQL documents that may be executed; any may if not set."
    )

    federation: bool = Field(False, description="Whether GraphQL is also a subgraph of Apollo Federation 2.")

    mode: Literal["production", "development"] = Field("production", description="Sets the four switches below.")
    introspection: bool | None = Field(None, description="GraphQL introspection, suggestions and /schema.graphql.")
    reflection: bool | None = Field(None, description="gRPC reflection and /descriptor.binpb.")
    console: bool | None = Field(None, description="The console, a page at /.")
    ide: bool | None = Field(None, description="The GraphQL IDE, a page at /graphql.")
    ide_directory: str | None = Field(
        None, description="Where `facade ide install` puts the IDE; in the user's cache if not set."
    )
    metrics: bool = Field(True, description="Whether requests are counted, for /metrics.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    log_format: Literal["console", "json"] = Field("console", description="How it is written.")

    def switched_on(self, switch: bool | None) -> bool:
        """Whether a switch that the mode sets is on."""
        return self.mode == "development" if switch is None else switch
