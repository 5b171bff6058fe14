"""The gRPC face: package facade.v1, health and reflection. Knows protobuf and no upstream's rules."""
