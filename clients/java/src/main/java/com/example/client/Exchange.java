package com.example.client;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A call that streams both ways. Requests are sent as fast as the facade takes them: a StreamObserver keeps all that it
 * is given, so without looking at isReady a large file would end up in memory. Responses are collected.
 */
final class Exchange<Q, R> implements ClientResponseObserver<Q, R> {
  private final Iterator<Q> requests;
  private final CompletableFuture<List<R>> ended = new CompletableFuture<>();

  /** All responses so far; what came before an error, too. */
  final List<R> responses = new ArrayList<>();

  Exchange(Iterable<Q> requests) {
    this.requests = requests.iterator();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> call) {
    call.setOnReadyHandler(() -> send(call));
  }

  private void send(ClientCallStreamObserver<Q> call) {
    if (ended.isDone()) {
      return;
    }
    boolean more = requests.hasNext();
    while (more && call.isReady()) {
      call.onNext(requests.next());
      more = requests.hasNext();
      if (!more) {
        call.onCompleted();
      }
    }
  }

  @Override
  public void onNext(R response) {
    responses.add(response);
  }

  @Override
  public void onError(Throwable error) {
    ended.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {
    ended.complete(responses);
  }

  /** All responses, when the call has ended. Throws its error as join does: inside of a CompletionException. */
  List<R> await() {
    return ended.join();
  }
}
