// Metrics for Prometheus. They are read off the events that are reported anyway, so no step of a request knows of them; what has
// a level (stores, rows that wait, answers under way) is read at the moment of the scrape. Every label is one of few values.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Report } from '../core/parts.ts';
import type { StoreRole, StoresStatus } from '../core/status.ts';

export interface Metrics {
  /** A tap on `report`: takes every event and counts those it knows. Never throws. */
  readonly observe: Report;
  readonly contentType: string;
  /** The text of a scrape. It asks nobody, so it takes as long as writing the text does. */
  scrape(now: Observed): Promise<string>;
}

/** What is read at the moment of a scrape. */
export interface Observed {
  readonly inFlight: number;
  readonly stores: StoresStatus;
  /** The stores whose degraded mode is on; empty: all is well. */
  readonly degraded: readonly StoreRole[];
}

type Fields = Readonly<Record<string, unknown>>;
const UNKNOWN = 'unknown';
/** Models of all vendors together are fewer. What would be one more is counted as `unknown`. */
const VALUES_MOST = 500;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const counts = new Counts(registry);
  const levels = new Levels(registry);
  let isProcessMeasured = false;
  return {
    observe: (level, event, fields) => counts.take(level, event, fields),
    contentType: registry.contentType,
    scrape(now) {
      levels.set(now);
      // From the first scrape on: whoever uses the library alone shall not pay for a timer that measures the event loop.
      if (!isProcessMeasured) collectDefaultMetrics({ register: registry });
      isProcessMeasured = true;
      return registry.metrics();
    },
  };
}

/** `groq_request_success` -> provider and what became of it. */
const REQUEST_EVENT = /^(\w[\w-]{0,63})_request_(success|failed|retry)$/;

class Counts {
  readonly #values = new Map<string, Set<string>>();
  readonly #requests: Counter<'provider' | 'model' | 'outcome'>;
  readonly #durations: Histogram<'provider'>;
  readonly #attempts: Counter<'provider' | 'model' | 'outcome' | 'code'>;
  readonly #tokens: Counter<'provider' | 'model' | 'kind'>;
  readonly #costs: Counter<'provider' | 'model'>;
  readonly #retries: Counter<'provider'>;
  readonly #refused: Counter<'scope' | 'window'>;
  readonly #overHold: Counter<'model'>;
  readonly #degraded: Counter<'store'>;
  readonly #breakerOpenings: Counter<'provider' | 'model' | 'code'>;
  readonly #breakersOpen: Gauge<'provider' | 'model'>;
  readonly #auth: Counter<'kind'>;
  readonly #warnings: Counter<'event'>;

  constructor(registry: Registry) {
    const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
      new Counter({ name: `codementor_${name}`, help, labelNames, registers: [registry] });
    this.#requests = counter(
      'requests_total',
      'Requests that ended: completed, cached, or by the code of their failure',
      ['provider', 'model', 'outcome'],
    );
    this.#durations = new Histogram({
      name: 'codementor_request_duration_seconds',
      help: 'From the arrival of a request to the end of its answer, all attempts together',
      labelNames: ['provider'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
      registers: [registry],
    });
    this.#attempts = counter('upstream_attempts_total', 'Attempts at a vendor, by what became of them', [
      'provider',
      'model',
      'outcome',
      'code',
    ]);
    this.#tokens = counter('tokens_total', 'Tokens as billed or estimated; what nobody told is not counted', [
      'provider',
      'model',
      'kind',
    ]);
    this.#costs = counter('cost_usd_total', 'Cost as a float, for curves and alerts; the ledger has the exact figure', [
      'provider',
      'model',
    ]);
    this.#retries = counter('retries_total', 'New attempts at the same target', ['provider']);
    this.#refused = counter('holds_refused_total', 'Requests that a window refused', ['scope', 'window']);
    this.#overHold = counter('over_hold_total', 'Attempts for which the vendor billed more than was held', ['model']);
    this.#degraded = counter('degraded_admissions_total', 'Requests let in while a store was away', ['store']);
    this.#breakerOpenings = counter(
      'breaker_openings_total',
      'Models of a vendor that were no longer asked, by what they failed with',
      ['provider', 'model', 'code'],
    );
    this.#breakersOpen = new Gauge({
      name: 'codementor_breakers_open',
      help: 'Models of a vendor that are not asked now, but for a probe; by key, where there are several',
      labelNames: ['provider', 'model'],
      registers: [registry],
    });
    this.#auth = counter('auth_failures_total', 'Callers who were not let in, by the code of the refusal', ['kind']);
    this.#warnings = counter('warnings_total', 'Warnings and errors in the log that have no counter of their own', [
      'event',
    ]);
  }

  take(level: Parameters<Report>[0], event: string, fields: Fields): void {
    const [, provider, became] = REQUEST_EVENT.exec(event) ?? [];
    if (event === 'request_refused') this.#request(UNKNOWN, fields, 'failed');
    else if (provider !== undefined && became === 'retry')
      this.#retries.inc({ provider: this.#few('provider', provider) });
    else if (provider !== undefined) this.#request(provider, fields, became);
    else if (event === 'upstream_attempt') this.#attempt(fields);
    else if (event === 'over_hold') this.#overHold.inc({ model: this.#few('model', fields['model']) });
    else if (event === 'degraded_admission') this.#degraded.inc({ store: this.#few('store', fields['store']) });
    else if (event === 'provider_breaker_open' || event === 'provider_breaker_closed') this.#breaker(event, fields);
    else if (event === 'auth_failed') this.#auth.inc({ kind: this.#few('kind', fields['kind']) });
    else if (level === 'warn' || level === 'error') this.#warnings.inc({ event: this.#few('event', event) });
  }

  #request(name: string, fields: Fields, became: string | undefined): void {
    const provider = this.#few('provider', name);
    // A name that led to no provider is the caller's own and is no label (it would be one series for each spelling).
    const model = name === UNKNOWN ? UNKNOWN : this.#few('model', fields['model']);
    const outcome = became === 'success' ? (fields['cached'] === true ? 'cached' : 'completed') : fields['code'];
    this.#requests.inc({ provider, model, outcome: this.#few('outcome', outcome) });
    const tookMs = amount(fields['response_time_ms']);
    if (tookMs !== null) this.#durations.observe({ provider }, tookMs / 1_000);
    const { limit_scope: scope, limit_window: window } = fields;
    if (window !== undefined)
      this.#refused.inc({ scope: this.#few('scope', scope), window: this.#few('window', window) });
  }

  #breaker(event: 'provider_breaker_open' | 'provider_breaker_closed', fields: Fields): void {
    const of = { provider: this.#few('provider', fields['provider']), model: this.#few('model', fields['model']) };
    if (event === 'provider_breaker_closed') this.#breakersOpen.dec(of);
    else {
      this.#breakersOpen.inc(of);
      this.#breakerOpenings.inc({ ...of, code: this.#few('code', fields['code']) });
    }
  }

  #attempt(fields: Fields): void {
    const provider = this.#few('provider', fields['provider']);
    const model = this.#few('model', fields['model']);
    const outcome = this.#few('outcome', fields['outcome']);
    this.#attempts.inc({
      provider,
      model,
      outcome,
      code: fields['code'] === null ? '' : this.#few('code', fields['code']),
    });
    for (const kind of ['input', 'cache_read', 'cache_write', 'output', 'reasoning']) {
      const count = amount(fields[`${kind}_tokens`]);
      if (count !== null) this.#tokens.inc({ provider, model, kind }, count);
    }
    const usd = amount(fields['cost_usd']);
    if (usd !== null) this.#costs.inc({ provider, model }, usd);
  }

  /** The value as a label, as long as there are few of them. */
  #few(label: string, value: unknown): string {
    if (typeof value !== 'string' || value.length > 128) return UNKNOWN;
    const known = this.#values.get(label) ?? new Set();
    if (known.has(value)) return value;
    if (known.size >= VALUES_MOST) return UNKNOWN;
    this.#values.set(label, known.add(value));
    return value;
  }
}

/** Null: not told, or no amount that a counter could take. Decimal strings become floats here and nowhere else. */
function amount(value: unknown): number | null {
  const figure = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof figure === 'number' && Number.isFinite(figure) && figure >= 0 ? figure : null;
}

const ROLES = ['windows', 'ledger', 'identity'] as const satisfies readonly StoreRole[];

/** What stands at the moment of a scrape. */
class Levels {
  readonly #inFlight: Gauge;
  readonly #owed: Gauge;
  readonly #unshipped: Gauge;
  readonly #setAside: Gauge;
  readonly #up: Gauge<'store'>;
  readonly #degraded: Gauge<'store'>;

  constructor(registry: Registry) {
    const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
      new Gauge({ name: `codementor_${name}`, help, labelNames, registers: [registry] });
    this.#inFlight = gauge('requests_in_flight', 'Answers under way in this process');
    this.#owed = gauge('ledger_rows_owed', 'Closed rows that no disk has yet');
    this.#unshipped = gauge('ledger_rows_unshipped', 'Rows in the journal here and not yet in the shared ledger');
    this.#setAside = gauge('ledger_rows_set_aside', 'Rows that the shared ledger refused, for a person to look at');
    this.#up = gauge('store_up', '1: the store answers; 0: it did not when it was last asked', ['store']);
    this.#degraded = gauge('degraded', '1: a degraded mode stands in for this store', ['store']);
  }

  set({ inFlight, stores, degraded }: Observed): void {
    this.#inFlight.set(inFlight);
    this.#owed.set(stores.ledger.owed);
    this.#unshipped.set(stores.ledger.unshipped);
    this.#setAside.set(stores.ledger.setAside);
    // One server may keep several stores: it is up when all of them say so. Memory is no server.
    const states = new Map<string, boolean>();
    for (const { kind, state } of [stores.windows, stores.ledger, stores.identity]) {
      if (kind !== 'memory') states.set(kind, state === 'up' && states.get(kind) !== false);
    }
    for (const [store, isUp] of states) this.#up.set({ store }, isUp ? 1 : 0);
    for (const store of ROLES) this.#degraded.set({ store }, degraded.includes(store) ? 1 : 0);
  }
}
