// Every failure there is, on the wire: its envelope, and what it tells a client to do next.

import { describe, expect, it } from 'vitest';
import { asGatewayError, errorBody, errorHeaders } from '../../src/gateway/errors.ts';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { type AttemptReport, ERRORS, type ErrorCode, llmError } from '../../src/index.ts';

const CODES = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS);
const REQUEST = { requestId: 'req_1', dialect: 'native', generationId: null } as const;
const ATTEMPT: AttemptReport = {
  provider: 'groq',
  model: 'm',
  outcome: 'failed',
  code: 'provider_timeout',
  status: null,
  durationMs: 5,
  costUsd: '0.10',
  reason: 'r',
};

describe('a failure', () => {
  it.each(CODES)('%s has the envelope, and says whether to try again', (code) => {
    const error = llmError(code, 'It failed');
    expect(errorShape.parse(errorBody(error, REQUEST)).error).toEqual({
      type: error.type,
      code,
      message: 'It failed',
      param: null,
      request_id: 'req_1',
    });
    const headers = errorHeaders(error);
    const mustWait = error.status === 429 || error.status === 503 || code === 'in_progress';
    expect('retry-after' in headers).toBe(mustWait);
    if (mustWait) expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
    const isOurs = error.status < 500 && !mustWait && error.status !== 408;
    if (isOurs) expect(headers['x-should-retry']).toBe('false');
  });

  it('tells the time to wait in whole seconds, at least one, and in milliseconds', () => {
    expect(errorHeaders(llmError('rate_limited', 'x', { retryAfterMs: 1_200.5 }))).toEqual({
      'retry-after': '2',
      'retry-after-ms': '1201',
    });
    expect(errorHeaders(llmError('overloaded', 'x', { retryAfterMs: 0 }))).toEqual({
      'retry-after': '1',
      'retry-after-ms': '1',
    });
  });

  it('sends no client to sleep for longer than a minute, and none into what never fits', () => {
    expect(errorHeaders(llmError('rate_limited', 'x', { retryAfterMs: 3_600_000 }))).toMatchObject({
      'retry-after': '3600',
      'x-should-retry': 'false',
    });
    expect(errorHeaders(llmError('rate_limited', 'larger than the window'))).toMatchObject({
      'x-should-retry': 'false',
    });
  });

  it('does not let clients multiply what was tried several times here', () => {
    expect(errorHeaders(llmError('provider_timeout', 'x', { attempts: [ATTEMPT] }))).toEqual({});
    expect(errorHeaders(llmError('provider_timeout', 'x', { attempts: [ATTEMPT, ATTEMPT] }))).toEqual({
      'x-should-retry': 'false',
    });
  });

  it('names fields as the caller wrote them', () => {
    const wire = (param: string, dialect: 'native' | 'openai' = 'native') =>
      errorShape.parse(errorBody(llmError('invalid_request', `${param} is wrong`, { param }), { ...REQUEST, dialect }))
        .error;
    expect(wire('maxTokens')).toMatchObject({ param: 'max_tokens', message: 'max_tokens is wrong' });
    expect(wire('userId').param).toBe('user_id');
    expect(wire('userId', 'openai').param).toBe('user');
    expect(wire('tools[3].parameters').param).toBe('tools[3].function.parameters');
    expect(wire('tools[3].function.name').param).toBe('tools[3].function.name');
    expect(wire('responseFormat.schema').param).toBe('response_format.json_schema.schema');
    expect(wire('messages[2].content').param).toBe('messages[2].content');
  });

  it('tells what the attempts cost together, or that nobody knows', () => {
    const cost = (attempts: readonly AttemptReport[]) =>
      errorBody(llmError('provider_timeout', 'x', { attempts }), { ...REQUEST, dialect: 'openai' });
    expect(cost([ATTEMPT, { ...ATTEMPT, costUsd: '0.000000000001' }])).toHaveProperty(
      'x_gateway.cost_usd',
      '0.100000000001',
    );
    expect(cost([ATTEMPT, { ...ATTEMPT, costUsd: null }])).toHaveProperty('x_gateway.cost_usd', null);
    expect(cost([{ ...ATTEMPT, outcome: 'skipped', costUsd: null }])).toHaveProperty('x_gateway.cost_usd', '0.00');
  });

  it('of our own making says nothing of how it came about', () => {
    const error = asGatewayError(new TypeError('secret of /home/me gsk_123'));
    expect(error).toMatchObject({ code: 'internal', status: 500 });
    expect(JSON.stringify(errorBody(error, REQUEST))).not.toMatch(/secret|gsk_/);
  });
});
