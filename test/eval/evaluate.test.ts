// Evaluations of models whose faults are known: what is reported contains what was planted, a guard that catches everything is no success by
// itself, and what was recorded is judged alike again.

import { describe, expect, it } from 'vitest';
import { type RecordedAsk, Recording, readGates, recordLine, SUITES } from '../../src/eval/index.ts';
import { seeded } from '../../src/eval/seeded.ts';
import type { AnswerEvent } from '../../src/index.ts';
import { llmError } from '../../src/index.ts';
import { scriptedModel } from '../vendor/scripted-model.ts';
import { clean, metric, planted, quiet, run, seedsThatHold, suites } from './scripted-run.ts';

describe('a model without faults', () => {
  it('passes every suite untouched: one answer for each prompt, nothing refused', async () => {
    const { report, end, model } = await run(clean(1), { suites: SUITES, count: 6 });
    for (const { name } of SUITES) {
      expect(metric(report, name, 'first_pass'), name).toMatchObject({ rate: 1 });
      expect(metric(report, name, 'by_model'), name).toMatchObject({ rate: 1 });
      expect(report.models[0]?.suites[name]).toMatchObject({
        planned: 6,
        played: 6,
        infra: 0,
        answers_per_delivery: 1,
      });
    }
    expect(end).toBe('passed');
    // Six cases of six suites of one prompt; two of the twins; the interviews and the conversations have several turns.
    expect(model.answers).toBeGreaterThan(6 * 7);
  });

  it('is told what its answers cost, exactly: 900 tokens in, 300 out, at 1 and 2 dollars a million', async () => {
    const { report } = await run(clean(1), { count: 4 });
    expect(report.models[0]).toMatchObject({ cost_usd: '0.006' });
    expect(report.models[0]?.suites['feedback']).toMatchObject({
      cost_usd_per_delivery: '0.0015',
      accepted_tokens: 4_800,
    });
  });
});

describe('a model of which one answer in so many is broken', () => {
  it.each([0.05, 0.2, 0.5])('is reported so: the interval holds the planted %f for nearly all seeds', async (rate) => {
    // Of 200 seeds at least 93 % do: planted-rates.long.ts.
    expect(await seedsThatHold(rate, 8, 40)).toBeGreaterThanOrEqual(7);
  });

  it('delivers all the same, at the price of more answers', async () => {
    const { report, model } = await run(planted(0.3, 4), { count: 30 });
    expect(metric(report, 'feedback', 'delivered').rate).toBe(1);
    expect(metric(report, 'feedback', 'first_pass').rate).toBeLessThan(0.9);
    const told = report.models[0]?.suites['feedback'];
    expect(told?.answers_per_delivery).toBeCloseTo(model.answers / 30, 10);
    expect(told?.answers_per_delivery).toBeGreaterThan(1.1);
  });

  it('is told apart from a better one by the cases that both were given', async () => {
    const worse = scriptedModel({ ...planted(0.6, 9), id: 'worse' });
    const better = scriptedModel({ ...clean(9), id: 'better' });
    const { report } = await run(clean(9), {
      ...{ count: 40, models: ['better/tutor', 'worse/tutor'] },
      service: { env: {}, providers: [better.provider, worse.provider], logs: quiet },
    });
    const compared = report.comparisons.find(({ metric: name }) => name === 'first_pass');
    expect(compared).toMatchObject({ models: ['better/tutor', 'worse/tutor'], only_second: 0 });
    expect(compared?.p).toBeLessThan(0.001);
  });
});

describe('what is nobody’s score', () => {
  it('is told apart, and no share is made of it', async () => {
    const { report } = await run(clean(1), { models: ['scripted/unknown'], count: 5 });
    expect(report.models[0]?.infra_codes).toEqual({ model_not_found: 5 });
    expect(report.models[0]?.suites['feedback']).toMatchObject({ planned: 5, played: 0, infra: 5 });
    expect(metric(report, 'feedback', 'first_pass')).toMatchObject({ n: 0, rate: null });
  });
});

describe('a budget', () => {
  it('ends the asking, is passed by no more than the cases under way, and is said to have', async () => {
    const { report, end, model } = await run(clean(1), { count: 200, budgetUsd: '0.03' });
    expect(end).toBe('out-of-budget');
    // 20 cases are worth it; four are under way at once.
    expect(model.answers).toBeGreaterThanOrEqual(20);
    expect(model.answers).toBeLessThanOrEqual(23);
    expect(report.models[0]?.suites['feedback']).toMatchObject({
      planned: 200,
      played: model.answers,
      skipped: 200 - model.answers,
    });
  });
});

describe('gates', () => {
  it('are met or missed by what is shown, and what nobody has shown meets none', async () => {
    const gates = readGates(
      '{"feedback.first_pass": {"min": 0.99}, "delivered": {"min": 1}, "feedback.verdict_true": {"min": 1}}',
    );
    const missed = await run(planted(0.3, 4), { count: 30, gates });
    expect(missed.end).toBe('gates-missed');
    expect(missed.report.gates.filter(({ is_met }) => !is_met).map((gate) => gate.metric)).toEqual([
      'feedback.first_pass',
    ]);
    expect((await run(clean(1), { gates, count: 5 })).end).toBe('passed');
    const { end, report } = await run(clean(1), { gates, count: 5, models: ['scripted/unknown'] });
    expect(end).toBe('unanswered');
    expect(report.gates.map((gate) => gate.is_met)).toEqual([false, false, false]);
  });

  it('of a metric that there is not are refused, and so is a file that is no gates', async () => {
    await expect(run(clean(1), { gates: { 'feedback.speling': { min: 1 } } })).rejects.toThrow('No suite of this run');
    expect(() => readGates('{"feedback.first_pass": 0.9}')).toThrow('A gate is a metric and a bound');
    expect(() => readGates('nothing')).toThrow('it is no JSON');
    expect(() => readGates('{"hints.leak_free": {}}')).toThrow('it needs a min or a max');
    expect(() => readGates('{"__proto__": {"min": 1}}')).toThrow('no metric is called __proto__');
  });
});

describe('a recording', () => {
  it('is judged alike again, with nobody asked', async () => {
    const asks: RecordedAsk[] = [];
    const live = await run(planted(0.4, 3), {
      count: 12,
      suites: suites('feedback', 'onboarding', 'hints'),
      onAsk: (ask) => asks.push(ask),
    });
    const replay = new Recording(asks.map(recordLine).join(''));
    const again = await run(clean(1), { count: 12, suites: suites('feedback', 'onboarding', 'hints'), replay });
    expect(again.model.answers).toBe(0);
    expect(again.report.verdict_changes).toEqual([]);
    expect(again.report.other_templates).toEqual([]);
    expect(again.report.models).toEqual(live.report.models);
  });

  it('shows where a check has changed its mind', async () => {
    const asks: RecordedAsk[] = [];
    await run(clean(1), { count: 2, onAsk: (ask) => asks.push(ask) });
    // As if the check of then had refused what that of today accepts.
    const [first, ...rest] = asks;
    if (first === undefined) throw new Error('Nothing was recorded');
    const changed = {
      ...first,
      written: first.written.map((each) => ({ ...each, refused: 'G1 at /summary', rules: ['G1'] })),
    };
    const replay = new Recording([changed, ...rest].map(recordLine).join(''));
    const { report, markdown } = await run(clean(1), { count: 2, replay });
    expect(report.verdict_changes).toEqual([
      { case: first.case, prompt: 'feedback_generation', before: 'G1 at /summary', now: null },
    ]);
    expect(markdown).toContain(`${first.case}: G1 at /summary → accepted`);
  });

  it('that is none, or of another run, is said to be', async () => {
    expect(() => new Recording('\n')).toThrow('There is nothing in the recording');
    expect(() => new Recording('{"suite":1}\n')).toThrow('Line 1 of the recording cannot be read');
    const asks: RecordedAsk[] = [];
    await run(clean(1), { count: 2, onAsk: (ask) => asks.push(ask) });
    const replay = new Recording(asks.map(recordLine).join(''));
    await expect(run(clean(1), { count: 3, replay })).rejects.toThrow('use the seed, n and suites of its run');
  });
});

describe('vendors that fail', () => {
  const failing = (code: 'provider_auth' | 'stream_broken', emits: number) => {
    const { provider } = scriptedModel(clean(1));
    const transport = {
      kind: 'direct' as const,
      answer: (_request: unknown, _model: string, emit: (event: AnswerEvent) => void) => {
        if (emits > 0) emit({ type: 'text-delta', text: 'x'.repeat(emits) });
        return Promise.reject(llmError(code, 'It is away'));
      },
    };
    return { env: {}, providers: [{ ...provider, transport }], logs: quiet };
  };

  it('are nobody’s score, also where something stands in for a model', async () => {
    const { report, end } = await run(clean(1), {
      suites: suites('hints', 'feedback'),
      count: 3,
      service: failing('provider_auth', 0),
    });
    expect(end).toBe('unanswered');
    for (const suite of ['hints', 'feedback']) {
      expect(report.models[0]?.suites[suite]).toMatchObject({ played: 0, infra: 3 });
      expect(metric(report, suite, 'first_pass')).toMatchObject({ rate: null });
    }
  });

  it('cost what they cost, and the budget counts it', async () => {
    const { report, end } = await run(clean(1), {
      ...{ suites: suites('review'), count: 60, budgetUsd: '0.002', service: failing('stream_broken', 4_000) },
    });
    expect(end).toBe('out-of-budget');
    expect(Number(report.models[0]?.cost_usd)).toBeGreaterThanOrEqual(0.002);
    expect(report.models[0]?.suites['review']?.skipped).toBeGreaterThan(0);
  });
});

it('an answer that is no JSON, or of another schema, is no first pass of the schema', async () => {
  const odd = { faults: { odd: { rate: 1, fault: () => '{"foo":1}' } }, random: seeded(1, 'odd').random };
  const { report } = await run(odd, { suites: suites('review'), count: 3 });
  expect(metric(report, 'review', 'schema_first_pass')).toMatchObject({ k: 0, n: 3 });
  expect(metric(report, 'review', 'delivered')).toMatchObject({ k: 0, n: 3 });
});
