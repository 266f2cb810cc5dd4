// Metrics: what is counted of the events, and that no caller can make a series of its own (B44).

import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics, type Observed } from '../../src/observe/metrics.ts';

const WELL: Observed = {
  inFlight: 3,
  stores: {
    windows: { kind: 'memory', state: 'up' },
    ledger: { kind: 'sqlite', state: 'up', owed: 0, unshipped: 0, setAside: 0 },
    identity: { kind: 'sqlite', state: 'up' },
  },
  degraded: [],
};

const ATTEMPT = {
  provider: 'groq',
  model: 'openai/gpt-oss-120b',
  outcome: 'completed',
  code: null,
  input_tokens: 10,
  output_tokens: 5,
  cost_usd: '0.000000000001',
};

/** The lines of our own series, without the comments. */
async function seriesOf(metrics: Metrics, now = WELL): Promise<readonly string[]> {
  const lines = (await metrics.scrape(now)).split('\n');
  return lines.filter((line) => line.startsWith('codementor_'));
}

describe('the metrics', () => {
  it('count requests by provider, model and outcome: completed, cached, or the code of their failure', async () => {
    const metrics = createMetrics();
    const success = { model: 'm', cached: false, response_time_ms: 40 };
    metrics.observe('info', 'groq_request_success', success);
    metrics.observe('info', 'groq_request_success', success);
    metrics.observe('info', 'groq_request_success', { ...success, cached: true });
    metrics.observe('warn', 'groq_request_failed', { model: 'm', code: 'provider_timeout', response_time_ms: 30_000 });
    metrics.observe('warn', 'request_refused', { model: null, code: 'rate_limited', response_time_ms: 1 });
    metrics.observe('warn', 'groq_request_retry', { model: 'm', code: 'provider_timeout' });
    const series = await seriesOf(metrics);
    for (const line of [
      'codementor_requests_total{provider="groq",model="m",outcome="completed"} 2',
      'codementor_requests_total{provider="groq",model="m",outcome="cached"} 1',
      'codementor_requests_total{provider="groq",model="m",outcome="provider_timeout"} 1',
      'codementor_requests_total{provider="unknown",model="unknown",outcome="rate_limited"} 1',
      'codementor_retries_total{provider="groq"} 1',
      'codementor_request_duration_seconds_count{provider="groq"} 4',
      'codementor_request_duration_seconds_bucket{le="0.05",provider="groq"} 3',
    ])
      expect(series).toContain(line);
  });

  it('count the openings of breakers by what opened them, and tell which are open; neither is a warning without a counter', async () => {
    const metrics = createMetrics();
    const of = { provider: 'groq', account: 'groq#2', model: 'm' };
    metrics.observe('warn', 'provider_breaker_open', { ...of, code: 'provider_timeout' });
    metrics.observe('info', 'provider_breaker_closed', of);
    metrics.observe('warn', 'provider_breaker_open', { ...of, code: 'provider_auth' });
    metrics.observe('warn', 'provider_breaker_open', { ...of, model: 'n', code: 'provider_auth' });
    metrics.observe('info', 'provider_breaker_closed', { ...of, model: 'n' });
    const series = await seriesOf(metrics);
    for (const line of [
      'codementor_breaker_openings_total{provider="groq",model="m",code="provider_timeout"} 1',
      'codementor_breaker_openings_total{provider="groq",model="m",code="provider_auth"} 1',
      'codementor_breakers_open{provider="groq",model="m"} 1',
      'codementor_breakers_open{provider="groq",model="n"} 0',
    ])
      expect(series).toContain(line);
    expect(series.filter((line) => line.startsWith('codementor_warnings_total'))).toEqual([]);
  });

  it('count attempts, tokens and cost by provider and model; what nobody told is not counted as 0', async () => {
    const metrics = createMetrics();
    metrics.observe('debug', 'upstream_attempt', { ...ATTEMPT, cost_usd: '0.25' });
    metrics.observe('debug', 'upstream_attempt', { ...ATTEMPT, cost_usd: '0.50', cache_read_tokens: 4 });
    metrics.observe('debug', 'upstream_attempt', {
      ...ATTEMPT,
      model: 'untold',
      outcome: 'failed',
      code: 'provider_timeout',
      input_tokens: null,
      output_tokens: null,
      cost_usd: null,
    });
    const of = 'provider="groq",model="openai/gpt-oss-120b"';
    const series = await seriesOf(metrics);
    for (const line of [
      `codementor_upstream_attempts_total{${of},outcome="completed",code=""} 2`,
      'codementor_upstream_attempts_total{provider="groq",model="untold",outcome="failed",code="provider_timeout"} 1',
      `codementor_tokens_total{${of},kind="input"} 20`,
      `codementor_tokens_total{${of},kind="output"} 10`,
      `codementor_tokens_total{${of},kind="cache_read"} 4`,
      `codementor_cost_usd_total{${of}} 0.75`,
    ])
      expect(series).toContain(line);
    expect(series.filter((line) => /(tokens|cost)/.test(line) && line.includes('untold'))).toEqual([]);
  });

  it('count what windows refused, excesses, degraded admissions, who was not let in, and every other warning', async () => {
    const metrics = createMetrics();
    const window = { limit_scope: 'tenant', limit_window: 'usd_per_month' };
    metrics.observe('warn', 'request_refused', { code: 'budget_exceeded', ...window });
    metrics.observe('warn', 'over_hold', { model: 'm' });
    metrics.observe('debug', 'degraded_admission', { store: 'windows' });
    metrics.observe('warn', 'auth_failed', { kind: 'key_revoked' });
    metrics.observe('error', 'settle_failed', { request_id: 'req_1' });
    metrics.observe('info', 'nothing_to_see', {});
    const series = await seriesOf(metrics);
    for (const line of [
      'codementor_holds_refused_total{scope="tenant",window="usd_per_month"} 1',
      'codementor_over_hold_total{model="m"} 1',
      'codementor_degraded_admissions_total{store="windows"} 1',
      'codementor_auth_failures_total{kind="key_revoked"} 1',
      'codementor_warnings_total{event="settle_failed"} 1',
    ])
      expect(series).toContain(line);
    expect(series.filter((line) => line.startsWith('codementor_warnings_total'))).toHaveLength(1);
  });

  it('show at the scrape how the stores stand: up, down, what waits, what stands in', async () => {
    const metrics = createMetrics();
    const well = await seriesOf(metrics);
    expect(well).toContain('codementor_requests_in_flight 3');
    expect(well).toContain('codementor_store_up{store="sqlite"} 1');
    expect(well).toContain('codementor_degraded{store="ledger"} 0');
    const sick = await seriesOf(metrics, {
      inFlight: 0,
      stores: {
        windows: { kind: 'redis', state: 'down' },
        ledger: { kind: 'postgres', state: 'down', owed: 1, unshipped: 250, setAside: 2 },
        identity: { kind: 'postgres', state: 'up' },
      },
      degraded: ['windows', 'ledger'],
    });
    for (const line of [
      'codementor_store_up{store="redis"} 0',
      'codementor_store_up{store="postgres"} 0',
      'codementor_ledger_rows_owed 1',
      'codementor_ledger_rows_unshipped 250',
      'codementor_ledger_rows_set_aside 2',
      'codementor_degraded{store="windows"} 1',
      'codementor_degraded{store="identity"} 0',
    ])
      expect(sick).toContain(line);
  });

  it('B44: take no name of a caller as a label, and stay few whatever comes', async () => {
    const metrics = createMetrics();
    metrics.observe('warn', 'request_refused', { model: '../../etc/passwd', code: 'model_not_found' });
    for (let n = 0; n < 10_000; n++) metrics.observe('debug', 'upstream_attempt', { ...ATTEMPT, model: `m${n}` });
    metrics.observe('debug', 'upstream_attempt', { ...ATTEMPT, model: 'x'.repeat(10_240) });
    const series = await seriesOf(metrics);
    expect(series.join('\n')).not.toContain('passwd');
    expect(series).toContain(
      'codementor_requests_total{provider="unknown",model="unknown",outcome="model_not_found"} 1',
    );
    expect(series.filter((line) => line.startsWith('codementor_upstream_attempts_total'))).toHaveLength(501);
    expect(series.some((line) => /^codementor_upstream_attempts_total.*model="unknown".* 9501$/.test(line))).toBe(true);
  });

  it('take any fields at all, and leave out what is no amount', async () => {
    const metrics = createMetrics();
    for (const odd of [undefined, null, {}, [], -1, Number.NaN, Number.POSITIVE_INFINITY, 'x', '', true, 10n]) {
      for (const event of [
        'groq_request_success',
        'groq_request_failed',
        'upstream_attempt',
        'over_hold',
        'auth_failed',
      ])
        metrics.observe('warn', event, {
          ...{ model: odd, code: odd, provider: odd, outcome: odd, kind: odd, response_time_ms: odd },
          ...{ input_tokens: odd, cost_usd: odd, limit_scope: odd, limit_window: odd },
        });
    }
    const series = await seriesOf(metrics);
    expect(series.filter((line) => /_(tokens|cost_usd)_total/.test(line))).toEqual([]);
  });

  it('measure the process from the first scrape on, the event loop among it', async () => {
    const metrics = createMetrics();
    const [first, second] = await Promise.all([metrics.scrape(WELL), metrics.scrape(WELL)]);
    expect(first).toContain('nodejs_eventloop_lag_seconds');
    expect(second).toContain('process_resident_memory_bytes');
  });
});
