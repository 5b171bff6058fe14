package com.example.client;

import io.grpc.CallCredentials;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.Executor;

/** The credentials of a stub's calls. gRPC asks for the metadata of each call: a token could be renewed here. */
final class Authorization extends CallCredentials {
  private static final Metadata.Key<String> KEY = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private final String value;

  private Authorization(String value) {
    this.value = value;
  }

  static Authorization basic(String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return new Authorization("Basic " + Base64.getEncoder().encodeToString(pair));
  }

  static Authorization bearer(String accessToken) {
    return new Authorization("Bearer " + accessToken);
  }

  @Override
  public void applyRequestMetadata(RequestInfo request, Executor executor, MetadataApplier applier) {
    Metadata metadata = new Metadata();
    metadata.put(KEY, value);
    applier.apply(metadata);
  }
}
