// The one way out of this machine. One pool of connections for the whole process; what is sent is the codec's, what comes back
// is bounded in time and size, and every failure leaves as an LLMError that names provider and model.

import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../core/clock.ts';
import { asLLMError, llmError, withDetail } from '../core/errors.ts';
import { toFetch } from '../core/fetched-media.ts';
import type { Ask, AskResult } from '../core/parts.ts';
import type { HttpCodec } from '../core/provider.ts';
import type { FittedRequest } from '../core/request.ts';
import { DirectAsk } from './direct-ask.ts';
import { HttpAsk, type HttpWire } from './http-ask.ts';
import { lookUpVendor } from './look-up.ts';
import { withData } from './media-data.ts';
import type { MediaFetch } from './media-fetch.ts';

export interface TransportOptions {
  readonly clock: Clock;
  /** Of this package, for the `user-agent`. */
  readonly version?: string;
  /** Stands in for the pool; whoever hands it in closes it. */
  readonly dispatcher?: Dispatcher;
  /** Fetches for vendors that take data alone; left out: nobody here fetches what stands behind an address. */
  readonly fetchMedia?: MediaFetch;
  /** Per origin. Null: as many as there are requests at once, which is bounded before they come here. */
  readonly maxConnections?: number | null;
}

export interface Transport {
  readonly ask: Ask;
  /** Takes no more; resolves when what is under way has ended. */
  close(): Promise<void>;
}

/** Behind the clock's own: it frees what a connection that nobody waits for any more still holds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Read ahead of what is wanted, of each connection; as much as of one with TLS. */
const READ_AHEAD_BYTES = 16_384;
/** Unless the vendor's `keep-alive` header says less. Chosen: longer than the pauses of a quiet service, shorter than a proxy's. */
const KEEP_ALIVE_MS = 30_000;

export function createAsk(transport: TransportOptions): Transport {
  const { clock, version, dispatcher, fetchMedia, maxConnections = null } = transport;
  const pool = dispatcher ?? createPool(maxConnections);
  const wire: HttpWire = {
    dispatcher: pool,
    clock,
    userAgent: userAgentOf(version),
  };

  const ask: Ask = (target, request, options, emit) =>
    new Promise<AskResult>((resolve, reject) => {
      const asker = { emit, resolve, reject };
      const { transport } = target.provider;
      const { model, provider } = target.card;
      if (transport.kind === 'direct') {
        void new DirectAsk(target, options, clock, asker).run(transport, request, model);
        return;
      }
      const failed = (thrown: unknown) => reject(withDetail(asLLMError(thrown), { provider, model, neverSent: true }));
      try {
        const codec = codecFor(request, transport, target.card.vectors?.dimensions ?? null);
        const send = (sent: FittedRequest) =>
          new HttpAsk(target, codec, options, clock, asker).send(codec.encode(sent, model, options.stream), wire);
        const parts = fetchMedia === undefined ? [] : toFetch(request, transport);
        if (fetchMedia === undefined || parts.length === 0) send(request);
        else withData(request, transport, parts, fetchMedia, options.signal).then(send).catch(failed);
      } catch (thrown) {
        failed(thrown);
      }
    });

  return { ask, close: async () => (dispatcher === undefined ? pool.close() : undefined) };
}

/** An embedding is another answer of the same vendor: asked and read in its own words, with the same clocks, bounds and errors. */
function codecFor(request: FittedRequest, codec: HttpCodec, modelDimensions: number | null): HttpCodec {
  if (request.embedding === null) return codec;
  const { embeddings } = codec;
  if (embeddings === undefined) throw llmError('invalid_request', 'This provider makes no embeddings; ask another one');
  return {
    ...codec,
    encode: (asked, model) => embeddings.encode(asked, model),
    decode: (body) => embeddings.decode(body, request, modelDimensions),
    isAsLongAsAsked: true,
  };
}

/** Of this package, for whoever is asked. */
export function userAgentOf(version: string | undefined): string {
  return version === undefined ? 'codementor-llm' : `codementor-llm/${version}`;
}

function createPool(maxConnections: number | null): Agent {
  const connect = { timeout: CONNECT_TIMEOUT_MS, highWaterMark: READ_AHEAD_BYTES, lookup: lookUpVendor };
  return new Agent({
    connections: maxConnections,
    // HTTP/2 would put all calls of a vendor on one connection: an abort would have to spare it, and a loss would break all.
    allowH2: false,
    // Time-outs are the exchange's, by the clock that was handed in.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect,
  });
}
