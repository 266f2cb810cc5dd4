// Who answers a case: a model by way of the service, as any application asks it, or a recording of one. Either way the same checks are run
// on the same words; what differs is where the words come from.

import { type JsonObject, type JudgeVerdict, LLMError, type LLMService, type PromptResponse } from '../index.ts';
import { sumUsd } from './cost.ts';
import {
  changeOf,
  isSameTemplate,
  type RecordedAsk,
  type Recording,
  type VerdictChange,
  type Written,
} from './recording.ts';
import type { Told } from './suite.ts';

export interface Asked extends Told {
  readonly tokens: number | null;
  /** Exact, in USD; null: unpriced. */
  readonly costUsd: string | null;
  readonly responseTimeMs: number;
  /** How many answers were asked for. */
  readonly answers: number;
}

export interface Asker {
  readonly model: string;
  /** Rejects with what is nobody's score: the vendor's failure, the network's, the caller's own mistake. */
  ask(place: CasePlace, prompt: string, variables: JsonObject, signal: AbortSignal): Promise<Asked>;
}

export interface CasePlace {
  readonly suite: string;
  readonly id: string;
}

/** Asks anew each time: what was kept of an earlier run says nothing of this one. */
export function liveAsker(service: LLMService, model: string, record: (ask: RecordedAsk) => void): Asker {
  return {
    model,
    async ask({ suite, id }, prompt, variables, signal) {
      const written: Written[] = [];
      const observe = (text: string, verdict: JudgeVerdict) =>
        void written.push({ text, refused: verdict.isAccepted ? null : verdict.place });
      const outcome = await outcomeOf(
        service.prompts.run(prompt, variables, { model, cache: 'off', userId: 'eval', signal, observe }),
      );
      const figures = { tokens: outcome.tokens, cost_usd: outcome.costUsd, response_time_ms: outcome.responseTimeMs };
      const { name, version, hash } = service.prompts.find(prompt);
      record({
        ...{ suite, case: id, model, provider: outcome.provider, prompt: { name, version, hash }, variables, written },
        ...{ failure: outcome.failure, ...figures },
      });
      return { ...outcome, firstFaults: faultsIn(written[0]), answers: Math.max(1, written.length) };
    },
  };
}

interface Outcome extends Omit<Asked, 'firstFaults' | 'answers'> {
  readonly provider: string;
  readonly failure: string | null;
}

async function outcomeOf(asking: Promise<PromptResponse>): Promise<Outcome> {
  try {
    const response = await asking;
    const { provider, verification, tokensUsed: tokens, costUsd, responseTimeMs } = response;
    // The wire's names are those of the templates, in which the truth is written too.
    return {
      data: JSON.parse(response.content),
      verification,
      provider,
      failure: null,
      tokens,
      costUsd,
      responseTimeMs,
    };
  } catch (error) {
    if (!(error instanceof LLMError) || error.code !== 'provider_rejected_answer') throw error;
    return { data: null, verification: null, provider: error.provider ?? '', failure: error.code, ...costOf(error) };
  }
}

/** What refused answers cost is told by their attempts. */
function costOf({ detail }: LLMError): Pick<Outcome, 'tokens' | 'costUsd' | 'responseTimeMs'> {
  const attempts = detail.attempts ?? [];
  const costs = attempts.map(({ costUsd }) => costUsd);
  const responseTimeMs = attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return { tokens: null, costUsd: sumUsd(costs), responseTimeMs };
}

function faultsIn(first: Written | undefined): readonly string[] {
  return first?.refused == null ? [] : first.refused.split('; ');
}

/** Runs every check again on what was written then. */
export function replayAsker(
  service: LLMService,
  model: string,
  recording: Recording,
  heard: { changed(change: VerdictChange): void; otherTemplate(prompt: string): void },
): Asker {
  return {
    model,
    async ask({ id }, prompt, variables, signal) {
      const asked = recording.take(model, id, prompt, variables);
      if (asked === null)
        throw new Error(`${prompt} of the case ${id} is not in the recording: use the seed, n and suites of its run`);
      if (!isSameTemplate(asked.prompt, service.prompts.find(prompt))) heard.otherTemplate(prompt);
      if (asked.failure !== null && asked.written.length === 0) throw new Error(asked.failure);
      const judge = service.prompts.judge(prompt, variables);
      let told: Told = { data: null, verification: null, firstFaults: [] };
      for (const [repairs, written] of asked.written.entries()) {
        const verdict = await judge.verdictOn(written.text, { provider: asked.provider, repairs }, signal);
        const change = changeOf(asked, written, verdict);
        if (change !== null) heard.changed(change);
        const firstFaults = repairs === 0 && !verdict.isAccepted ? verdict.place.split('; ') : told.firstFaults;
        told = verdict.isAccepted
          ? { data: verdict.data, verification: verdict.verification, firstFaults }
          : { ...told, firstFaults };
        if (verdict.isAccepted) break;
      }
      const { tokens, cost_usd: costUsd, response_time_ms: responseTimeMs } = asked;
      return { ...told, tokens, costUsd, responseTimeMs, answers: Math.max(1, asked.written.length) };
    },
  };
}
