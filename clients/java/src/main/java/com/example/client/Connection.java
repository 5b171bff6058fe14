package com.example.client;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The channel: TLS and the service config. Credentials are given to stubs. */
final class Connection {
  /** Deadlines and retries of each method, as the facade's makers mean them; beside the .proto files. */
  private static final Path SERVICE_CONFIG = Path.of("../../protos/facade/v1/facade_grpc_service_config.json");

  private Connection() {}

  /**
   * A channel to FACADE_GRPC_ADDRESS. It is made once and kept: it connects by itself, and again when the connection is
   * lost. All stubs share it.
   */
  static ManagedChannel connect() throws IOException {
    // grpc-java takes a map of maps, lists, strings and doubles, which is what Gson makes of JSON.
    Map<String, Object> config = new Gson().fromJson(Files.readString(SERVICE_CONFIG), new TypeToken<>() {});
    return Grpc.newChannelBuilder(environment("FACADE_GRPC_ADDRESS", "127.0.0.1:50051"), transport())
        .defaultServiceConfig(config)
        .build();
  }

  /**
   * TLS if TLS_CA names a file of authorities; TLS_CERTIFICATE and TLS_KEY are for a facade that wants a certificate.
   */
  private static ChannelCredentials transport() throws IOException {
    String authorities = System.getenv("TLS_CA");
    if (authorities == null) {
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder().trustManager(new File(authorities));
    String certificate = System.getenv("TLS_CERTIFICATE");
    if (certificate != null) {
      tls.keyManager(new File(certificate), new File(System.getenv("TLS_KEY")));
    }
    return tls.build();
  }

  static String environment(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }
}
