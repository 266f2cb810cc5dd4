// Fetches one small document from an address that the operator has named: published signing keys, a vendor's list of models. Seldom
// asked, so `fetch` will do. It goes nowhere else: a redirect is a failure, and what is larger than it may be is not read on.

const MOST_BYTES = 1_048_576;

export interface DocumentOptions {
  /** They may hold a key: no error repeats them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly mostBytes?: number;
}

/** An answer that is not the document. Its message holds nothing of the answer and nothing secret of the address. */
export class NoDocument extends Error {
  /** Null: it was a success, and too large. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.name = 'NoDocument';
    this.status = status;
  }
}

/** Where it is, without what may be secret in it. */
export function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Its text. Rejects with NoDocument, with what `fetch` throws where nobody answered, and when the signal is aborted. */
export async function fetchDocument(
  url: string,
  signal: AbortSignal,
  { headers = {}, mostBytes = MOST_BYTES }: DocumentOptions = {},
): Promise<string> {
  const asked = { accept: 'application/json', ...headers };
  const reply = await fetch(url, { signal, redirect: 'manual', headers: asked });
  const address = addressOf(url);
  if (!reply.ok) {
    await reply.body?.cancel();
    throw new NoDocument(`${address} answered with status ${reply.status}`, reply.status);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reply.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the reply.
    if (bytes > mostBytes) throw new NoDocument(`The document of ${address} is larger than ${mostBytes} bytes`, null);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
