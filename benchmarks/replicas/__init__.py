"""Replicas of the facade behind a real Envoy, as `deploy/envoy/` has it: `python -m benchmarks.replicas`."""
