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
import { costOfAttempts } from './cost.ts';
import { EvaluationError } from './evaluation-error.ts';
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
  /** `provider/model`. */
  readonly answeredBy: string;
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
      const observe = (text: string, verdict: JudgeVerdict) => void written.push({ text, ...refusalIn(verdict) });
      const { name, version, hash } = service.prompts.find(prompt);
      const asked = { suite, case: id, model, prompt: { name, version, hash }, variables, written };
      const options = { cache: 'off', userId: userOf(id), signal, observe } as const;
      const named = model === DEFAULT_MODEL ? options : { ...options, model };
      const outcome = await outcomeOf(service.prompts.run(prompt, variables, named)).catch((error: unknown) => {
        // What was asked of nobody in the end is no outcome.
        signal.throwIfAborted();
        if (error instanceof LLMError) record({ ...asked, ...failureOf(error) });
        throw error;
      });
      const { provider, vendorModel, failure, tokens, costUsd: cost_usd, responseTimeMs: response_time_ms } = outcome;
      record({ ...asked, provider, vendor_model: vendorModel, failure, tokens, cost_usd, response_time_ms });
      return { ...outcome, firstFaults: written[0]?.rules ?? [], ...countsOf(written, provider, vendorModel) };
    },
  };
}

function countsOf(written: readonly Written[], provider: string, model: string): Pick<Asked, 'answers' | 'answeredBy'> {
  const isWhole = model.startsWith(`${provider}/`);
  return { answers: Math.max(1, written.length), answeredBy: isWhole ? model : `${provider}/${model}` };
}

/** Each case is a user of its own: the limits of one are no part of what is measured. */
function userOf(caseId: string): string {
  return `eval:${caseId.replace(/[^\x21-\x7e]/g, '-').slice(0, 200)}`;
}

function failureOf(error: LLMError) {
  const { costUsd: cost_usd, ...figures } = costOf(error);
  const { tokens, responseTimeMs: response_time_ms } = figures;
  const by = { provider: error.provider ?? '', vendor_model: error.model ?? '' };
  return { ...by, failure: error.code, tokens, cost_usd, response_time_ms };
}

interface Outcome extends Omit<Asked, 'firstFaults' | 'answers' | 'answeredBy'> {
  readonly provider: string;
  /** As the provider calls it. */
  readonly vendorModel: string;
  readonly failure: string | null;
}

async function outcomeOf(asking: Promise<PromptResponse>): Promise<Outcome> {
  try {
    const response = await asking;
    const away = vendorsFailureIn(response);
    if (away !== null)
      throw llmError(away, 'No model answered, so what stands in was delivered', { attempts: response.attempts });
    const { provider, model: vendorModel, verification, tokensUsed: tokens, costUsd, responseTimeMs } = response;
    // The wire's names are those of the templates, in which the truth is written too.
    return {
      data: JSON.parse(response.content),
      verification,
      provider,
      vendorModel,
      failure: null,
      tokens,
      costUsd,
      responseTimeMs,
    };
  } catch (error) {
    if (!(error instanceof LLMError) || error.code !== REJECTED) throw error;
    const { provider, model: vendorModel, code: failure } = error;
    const by = { provider: provider ?? '', vendorModel: vendorModel ?? '' };
    return { data: null, verification: null, ...by, failure, ...costOf(error) };
  }
}

/** Where code's own words stand in because vendors failed, nothing can be said of a model; null: that is not so. */
function vendorsFailureIn({ verification, attempts }: PromptResponse): ErrorCode | null {
  if (verification.fallback === null) return null;
  const asked = attempts.filter(({ outcome }) => outcome !== 'skipped');
  const code = asked.length === 0 ? 'all_providers_unavailable' : (asked.at(-1)?.code ?? null);
  return code === REJECTED ? null : code;
}

/** What refused answers cost is told by their attempts. */
function costOf({ detail }: LLMError): Pick<Outcome, 'tokens' | 'costUsd' | 'responseTimeMs'> {
  const attempts = detail.attempts ?? [];
  const responseTimeMs = attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return { tokens: null, costUsd: costOfAttempts(attempts), responseTimeMs };
}

function refusalIn(verdict: JudgeVerdict): Omit<Written, 'text'> {
  return verdict.isAccepted ? { refused: null, rules: [] } : { refused: verdict.place, rules: [...verdict.rules] };
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
        throw new EvaluationError(
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
        const firstFaults = repairs === 0 && !verdict.isAccepted ? verdict.rules : told.firstFaults;
        told = verdict.isAccepted
          ? { data: verdict.data, verification: verdict.verification, firstFaults }
          : { ...told, firstFaults };
        if (verdict.isAccepted) break;
      }
      const standIn = told.data === null ? judge.standIn(llmError(REJECTED, 'Nothing recorded was accepted')) : null;
      if (standIn !== null) told = { ...told, data: standIn.data, verification: standIn.verification };
      const { tokens, cost_usd: costUsd, response_time_ms: responseTimeMs } = asked;
      return {
        ...told,
        tokens,
        costUsd,
        responseTimeMs,
        ...countsOf(asked.written, asked.provider, asked.vendor_model),
      };
    },
  };
}

function codeIn(failure: string): ErrorCode {
  const code = Object.keys(ERRORS).find((each): each is ErrorCode => each === failure);
  if (code === undefined)
    throw new EvaluationError(`The recording tells of a failure ${failure}, which there is none of`);
  return code;
}
