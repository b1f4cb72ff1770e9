// A response whose text is made piece by piece, as fast as its reader takes it.

/** Takes the next piece from `pieces` when the previous one is on its way. */
export function textResponse(pieces: Generator<string>, type: string): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      pieces.return(undefined);
    },
  });
  return new Response(body, { headers: { "Content-Type": type } });
}
