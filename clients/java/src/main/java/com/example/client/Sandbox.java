package com.example.client;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;

/** Makes the REST APIs behind a sandboxed facade fail, so that the errors can be seen. Production has no such thing. */
final class Sandbox implements AutoCloseable {
  private static final Gson GSON = new Gson();
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** This goes wrong until it is closed: see facade/sandbox/faults.py. */
  Sandbox(Map<String, Object> fault) throws IOException, InterruptedException {
    ask("PUT", GSON.toJson(List.of(fault)));
  }

  /** For how many requests the fault still waits. */
  int remaining() throws IOException, InterruptedException {
    JsonArray faults = ask("GET", "").getAsJsonArray("faults");
    return faults.get(0).getAsJsonObject().get("remaining").getAsInt();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    ask("DELETE", "");
  }

  /** Asks the sandbox, at the URL that `facade serve --sandbox` prints. */
  private JsonObject ask(String method, String body) throws IOException, InterruptedException {
    String url = System.getenv("SANDBOX");
    if (url == null) {
      throw new IllegalStateException("SANDBOX is not set: it is the address that the facade prints for it");
    }
    URI faults = URI.create(url + "/sandbox/faults");
    HttpRequest request = HttpRequest.newBuilder(faults).method(method, BodyPublishers.ofString(body)).build();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    Report.expect(answer.statusCode(), 200);
    return GSON.fromJson(answer.body(), JsonObject.class);
  }
}
