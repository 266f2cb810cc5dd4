// Stands before the one way out where nobody may read an answer before all of it is there: a judge decides about it, or its model was
// told a JSON schema in words (core/emulation.ts) and it is held against that. So nothing of a refused one has been handed on, and it may
// be asked again.

import { Drafts } from '../core/drafts.ts';
import { formatSent } from '../core/emulation.ts';
import { asLLMError, LLMError, llmError, withDetail } from '../core/errors.ts';
import { type AnswerEnd, type AnswerEvent, Collector, contentOf, isContent, replay } from '../core/events.ts';
import type { Judged } from '../core/judge.ts';
import type { Ask, AskResult, Judging } from '../core/parts.ts';
import type { Emit } from '../core/provider.ts';
import type { AnswerPart, FittedRequest, SchemaFormat } from '../core/request.ts';
import type { FinishReason, Warning } from '../core/response.ts';
import { type SchemaCheck, schemaCheck } from '../core/schema-check.ts';
import { WithheldAnswer, withheldIn } from '../core/withheld-answer.ts';

type Asked = Parameters<Ask>;

export function holdingAnswers(ask: Ask): Ask {
  return (...asked) => {
    const [, { responseFormat, emulated }, { judging }] = asked;
    const told = emulated !== undefined && responseFormat.type === 'json-schema' ? responseFormat : null;
    if (judging !== undefined) return hold(ask, judgeBy(judging, asked), told === null ? [] : [toldOnly(asked)], asked);
    if (told === null) return ask(...asked);
    const check = schemaCheck(told.schema);
    return hold(ask, checkBy(check), [toldAndChecked(asked, told, check)], asked);
  };
}

/** What becomes of an answer. */
type Verdict =
  | { readonly isAccepted: true; readonly parts: readonly AnswerPart[]; readonly judged?: Judged }
  | {
      readonly isAccepted: false;
      /** For the model. */
      readonly problem: string;
      /** For the caller, with nothing of the answer. */
      readonly message: string;
      readonly isHopeless: boolean;
    };
type Decide = (parts: readonly AnswerPart[], end: AnswerEnd, model: string) => Verdict | Promise<Verdict>;

async function hold(ask: Ask, decide: Decide, more: readonly Warning[], asked: Asked): Promise<AskResult> {
  const [{ provider, card }, request, options, emit] = asked;
  const held = new HeldAnswer(emit, options.judging ?? null);
  // Who answers in this process is told the schema itself, too.
  const isDirect = provider.transport.kind === 'direct';
  const sent = isDirect ? withSample(request, options.judging) : { ...request, responseFormat: formatSent(request) };
  try {
    const { warnings } = await ask(asked[0], sent, options, (event) => held.take(event));
    const { parts: written, end } = held;
    // Who calls it whole without an end is answered as if nothing stood between.
    if (end !== null) held.handOn(await decide(written, end, card.model), end);
    return { warnings: [...warnings, ...more], written };
  } catch (thrown) {
    throw held.isHandedOn ? thrown : withheld(beforeContent(asLLMError(thrown)), held.parts);
  }
}

/** For what answers in this process, made when it is read: a sample takes time, and a vendor would only be sent it. */
function withSample(request: FittedRequest, judging: Judging | undefined): FittedRequest {
  const { judge } = judging ?? {};
  if (judge?.sample === undefined) return request;
  const { providerOptions } = request;
  const offline = {
    ...providerOptions['offline'],
    get sample() {
      return judge.sample?.();
    },
  };
  return { ...request, providerOptions: { ...providerOptions, offline } };
}

function toldOnly([{ card }]: Asked): Warning {
  const message = `${card.model} takes no JSON schema: it was told it in words, and its answer was checked`;
  return { code: 'json_schema_emulated', message };
}

function toldAndChecked(asked: Asked, { strict: isStrict }: SchemaFormat, { unchecked }: SchemaCheck): Warning {
  const { code, message } = toldOnly(asked);
  const strict = isStrict === true ? '; "strict" is more than can be promised so' : '';
  const rest = unchecked.length === 0 ? '' : `; not checked, or not to the letter: ${unchecked.join(', ')}`;
  return { code, message: message + strict + rest, param: 'response_format' };
}

/** Ends that say themselves that there is less than a whole answer: with any schema the caller has to look at these first. */
const PARTLY: ReadonlySet<FinishReason> = new Set(['length', 'content_filter']);

/** By the schema that was told: calls of tools are none of its business. */
function checkBy(check: SchemaCheck): Decide {
  return (parts, { finishReason }, model) => {
    if (PARTLY.has(finishReason) || parts.some(({ type }) => type === 'tool-call')) return { isAccepted: true, parts };
    const verdict = check.verdictOn(contentOf(parts));
    // The thoughts, then the JSON alone.
    const thoughts = parts.filter(({ type }) => type !== 'text');
    if (verdict.isValid) return { isAccepted: true, parts: [...thoughts, { type: 'text', text: verdict.text }] };
    const { problem, place, isHopeless } = verdict;
    const what = place === null ? (isHopeless ? problem : 'it is no JSON') : `it does not keep to ${place}`;
    const message = `${model} answered with what is not the JSON that the schema asks for: ${what}; ask again, or a model that takes JSON schemas`;
    return { isAccepted: false, problem, message, isHopeless };
  };
}

/** No more tokens would have helped it: what it was about to write is not to be written. */
const FILTERED = { problem: "its vendor's filter ended it", place: "its vendor's filter ended it", isHopeless: true };
const CUT = {
  problem: 'it was cut at the limit of tokens, so it has to be shorter',
  place: 'it was cut at the limit of tokens',
  isHopeless: false,
};

/** The judge alone decides. What the model thought is nobody's: it was told what the reader may not see. */
function judgeBy({ judge, repairs }: Judging, [{ provider }, , { signal }]: Asked): Decide {
  return async (parts, { finishReason }, model) => {
    const refused = ({ problem, place, isHopeless }: typeof CUT): Verdict => {
      const message = `${model} gave no answer that may be handed on: ${place}; ask again, or another model`;
      return { isAccepted: false, problem, message, isHopeless };
    };
    if (finishReason === 'content_filter') return refused(FILTERED);
    if (finishReason === 'length') return refused(CUT);
    const from = { provider: provider.id, repairs };
    const verdict = await unlessAborted(judge.verdictOn(contentOf(parts), from, signal), signal);
    if (!verdict.isAccepted) return refused(verdict);
    const { content: text, data, verification } = verdict;
    return { isAccepted: true, parts: [{ type: 'text', text }], judged: { data, verification } };
  };
}

/** A judge may run code, which does not always hear that it is to stop. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  work.then(resolve, reject);
  const forget = () => signal.removeEventListener('abort', stop);
  return promise.finally(forget);
}

/** What the transport took for the middle of an answer: nobody has read of it yet, so another may be asked. */
function beforeContent(error: LLMError): LLMError {
  if (error.code !== 'stream_broken') return error;
  const { cause, detail, message } = error;
  if (cause instanceof LLMError) return withDetail(cause, detail);
  return llmError('provider_unreachable', `${message} (before anything was handed on)`, { ...detail, cause });
}

/** What was written is paid for, whoever broke it off. */
function withheld(error: LLMError, parts: readonly AnswerPart[]): LLMError {
  if (error.code === 'internal' || parts.length === 0 || withheldIn(error) !== null) return error;
  return llmError(error.code, error.message, { ...error.detail, cause: new WithheldAnswer(parts, null) });
}

class HeldAnswer {
  isHandedOn = false;
  end: AnswerEnd | null = null;
  readonly #emit: Emit;
  readonly #collector = new Collector();
  readonly #drafts: Drafts | null;

  constructor(emit: Emit, judging: Judging | null) {
    this.#emit = emit;
    this.#drafts = judging === null || judging.onDraft === null ? null : new Drafts(judging.judge, judging.onDraft);
  }

  /** So far. */
  get parts(): readonly AnswerPart[] {
    return this.#collector.parts();
  }

  take(event: AnswerEvent): void {
    this.#collector.add(event);
    if (event.type === 'answer-end') this.end = event;
    else if (!isContent(event)) this.#emit(event);
    else if (event.type === 'text-delta') this.#drafts?.add(event.text);
  }

  /** Throws what was refused. */
  handOn(verdict: Verdict, end: AnswerEnd): void {
    if (!verdict.isAccepted) throw this.#refusal(verdict, end);
    const { parts, judged } = verdict;
    this.isHandedOn = true;
    for (const event of replay({ ...end, id: null, model: null, parts })) if (isContent(event)) this.#emit(event);
    this.#emit(judged === undefined ? end : { ...end, judged });
  }

  #refusal({ problem, message, isHopeless }: Verdict & { readonly isAccepted: false }, { usage }: AnswerEnd): LLMError {
    // It is paid for all the same.
    if (usage !== null) this.#emit({ type: 'usage-told', usage });
    const again = isHopeless ? { sameTargetAgain: false } : {};
    return llmError('provider_rejected_answer', message, { cause: new WithheldAnswer(this.parts, problem), ...again });
  }
}
