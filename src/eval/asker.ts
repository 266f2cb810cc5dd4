// Who answers a case: a model by way of the service, as any application asks it, or a recording of one. Either way the same checks are run
// on the same words; what differs is where the words come from.

import {
  ERRORS,
  type ErrorCode,
  type JsonObject,
  type JudgeVerdict,
  LLMError,
  type LLMService,
  llmError,
  type PromptResponse,
} from '../index.ts';
import { sumUsd } from './cost.ts';
import {
  changeOf,
  isSameTemplate,
  type RecordedAsk,
  type Recording,
  RecordingError,
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

/** Whom the configuration asks where nobody is named. */
export const DEFAULT_MODEL = 'default';

const REJECTED = 'provider_rejected_answer';

/** Asks anew each time: what was kept of an earlier run says nothing of this one. */
export function liveAsker(service: LLMService, model: string, record: (ask: RecordedAsk) => void): Asker {
  return {
    model,
    async ask({ suite, id }, prompt, variables, signal) {
      const written: Written[] = [];
      const observe = (text: string, verdict: JudgeVerdict) =>
        void written.push({ text, refused: verdict.isAccepted ? null : verdict.place });
      const { name, version, hash } = service.prompts.find(prompt);
      const asked = { suite, case: id, model, prompt: { name, version, hash }, variables, written };
      const options = { cache: 'off', userId: userOf(id), signal, observe } as const;
      const named = model === DEFAULT_MODEL ? options : { ...options, model };
      const outcome = await outcomeOf(service.prompts.run(prompt, variables, named)).catch((error: unknown) => {
        if (error instanceof LLMError) record({ ...asked, ...failureOf(error) });
        throw error;
      });
      const { provider, failure, tokens, costUsd: cost_usd, responseTimeMs: response_time_ms } = outcome;
      record({ ...asked, provider, failure, tokens, cost_usd, response_time_ms });
      return { ...outcome, firstFaults: faultsIn(written[0]), answers: Math.max(1, written.length) };
    },
  };
}

/** Each case is a user of its own: the limits of one are no part of what is measured. */
function userOf(caseId: string): string {
  return `eval:${caseId.replace(/[^\x21-\x7e]/g, '-').slice(0, 200)}`;
}

function failureOf(error: LLMError) {
  const { costUsd: cost_usd, ...figures } = costOf(error);
  const { tokens, responseTimeMs: response_time_ms } = figures;
  return { provider: error.provider ?? '', failure: error.code, tokens, cost_usd, response_time_ms };
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
    if (!(error instanceof LLMError) || error.code !== REJECTED) throw error;
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
        throw new RecordingError(
          `${prompt} of the case ${id} is not in the recording: use the seed, n and suites of its run`,
        );
      if (!isSameTemplate(asked.prompt, service.prompts.find(prompt))) heard.otherTemplate(prompt);
      if (asked.failure !== null && asked.failure !== REJECTED) throw llmError(codeIn(asked.failure), 'As recorded');
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
      const standIn = told.data === null ? judge.standIn(llmError(REJECTED, 'Nothing recorded was accepted')) : null;
      if (standIn !== null) told = { ...told, data: standIn.data, verification: standIn.verification };
      const { tokens, cost_usd: costUsd, response_time_ms: responseTimeMs } = asked;
      return { ...told, tokens, costUsd, responseTimeMs, answers: Math.max(1, asked.written.length) };
    },
  };
}

function codeIn(failure: string): ErrorCode {
  const code = Object.keys(ERRORS).find((each): each is ErrorCode => each === failure);
  if (code === undefined)
    throw new RecordingError(`The recording tells of a failure ${failure}, which there is none of`);
  return code;
}
