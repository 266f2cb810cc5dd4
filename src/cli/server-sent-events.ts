// Server-sent events from a server of our own: the data of each event, as JSON. Comments keep the connection alive and say nothing.

/** Throws a SyntaxError for data that is no JSON. Bytes after the last blank line are no event. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let waiting = '';
  for await (const bytes of body) {
    waiting += decoder.decode(bytes, { stream: true });
    const events = waiting.split('\n\n');
    waiting = events.pop() ?? '';
    for (const event of events) {
      const data = event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length));
      if (data.length > 0) yield JSON.parse(data.join('\n'));
    }
  }
}
