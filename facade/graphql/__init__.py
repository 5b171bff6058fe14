"""The GraphQL face: schema, GraphQL over HTTP, and the server's other HTTP paths. Knows no upstream's rules."""
