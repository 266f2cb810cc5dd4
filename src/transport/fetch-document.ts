// Fetches one small document that the operator has named, such as published signing keys. Seldom asked, so `fetch` will do. It
// goes nowhere else: a redirect is a failure, and what is larger than it may be is not read on.

const MOST_BYTES = 1_048_576;

/** Its text. Rejects when it is not there, redirected or too large, and when the signal is aborted. */
export async function fetchDocument(url: string, signal: AbortSignal): Promise<string> {
  const reply = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  const { origin } = new URL(url);
  if (!reply.ok) {
    await reply.body?.cancel();
    throw new Error(`${origin} answered with status ${reply.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reply.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the reply.
    if (bytes > MOST_BYTES) throw new Error(`The document of ${origin} is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
