// Stands before the one way out where a model takes no JSON schema: the model has been told the schema in words (core/emulation.ts), and
// its answer is held back until all of it is there and kept to it. So nothing of a wrong one has been handed on, and it may be asked again.

import { formatSent } from '../core/emulation.ts';
import { asLLMError, LLMError, llmError, withDetail } from '../core/errors.ts';
import { type AnswerEnd, type AnswerEvent, Collector, contentOf, isContent, replay } from '../core/events.ts';
import type { Ask, AskResult } from '../core/parts.ts';
import type { Emit } from '../core/provider.ts';
import type { AnswerPart, SchemaFormat } from '../core/request.ts';
import type { Answer, FinishReason, Warning } from '../core/response.ts';
import { type SchemaCheck, schemaCheck } from '../core/schema-check.ts';
import { WithheldAnswer, withheldIn } from '../core/withheld-answer.ts';

export function emulatingSchemas(ask: Ask): Ask {
  return (target, request, options, emit) => {
    const { responseFormat, emulated } = request;
    if (emulated === undefined || responseFormat.type !== 'json-schema') return ask(target, request, options, emit);
    return checked(ask, responseFormat, target, request, options, emit);
  };
}

async function checked(
  ask: Ask,
  { schema, strict }: SchemaFormat,
  ...[target, request, options, emit]: Parameters<Ask>
): Promise<AskResult> {
  const { provider, card } = target;
  const check = schemaCheck(schema);
  const held = new HeldAnswer(card.model, check, emit);
  // Who answers in this process is told the schema itself, too.
  const isDirect = provider.transport.kind === 'direct';
  const sent = isDirect ? request : { ...request, responseFormat: formatSent(request) };
  try {
    const { warnings } = await ask(target, sent, options, (event) => held.take(event));
    return { warnings: [...warnings, warningOf(card.model, strict === true, check)] };
  } catch (thrown) {
    throw held.isHandedOn ? thrown : withheld(beforeContent(asLLMError(thrown)), held.parts);
  }
}

function warningOf(model: string, isStrict: boolean, { unchecked }: SchemaCheck): Warning {
  const told = `${model} takes no JSON schema: it was told it in words, and its answer was checked`;
  const strict = isStrict ? '; "strict" is more than can be promised so' : '';
  const rest = unchecked.length === 0 ? '' : `; not checked, or not to the letter: ${unchecked.join(', ')}`;
  return { code: 'json_schema_emulated', message: told + strict + rest, param: 'response_format' };
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

/** Ends that say themselves that there is less than a whole answer: with any schema the caller has to look at these first. */
const PARTLY: ReadonlySet<FinishReason> = new Set(['length', 'content_filter']);

const ADVICE = 'ask again, or a model that takes JSON schemas';

class HeldAnswer {
  isHandedOn = false;
  readonly #model: string;
  readonly #check: SchemaCheck;
  readonly #emit: Emit;
  readonly #collector = new Collector();

  constructor(model: string, check: SchemaCheck, emit: Emit) {
    this.#model = model;
    this.#check = check;
    this.#emit = emit;
  }

  /** So far. */
  get parts(): readonly AnswerPart[] {
    return this.#collector.parts();
  }

  take(event: AnswerEvent): void {
    this.#collector.add(event);
    if (event.type === 'answer-end') this.#end(event);
    else if (!isContent(event)) this.#emit(event);
  }

  #end(end: AnswerEnd): void {
    const { parts } = this;
    const isAnsweredInText = !parts.some(({ type }) => type === 'tool-call');
    const checked = isAnsweredInText && !PARTLY.has(end.finishReason) ? this.#checked(end) : parts;
    this.isHandedOn = true;
    const answer: Answer = { ...end, id: null, model: null, parts: checked };
    for (const event of replay(answer)) if (isContent(event)) this.#emit(event);
    this.#emit(end);
  }

  /** The thoughts, then the JSON alone. */
  #checked({ usage }: AnswerEnd): Answer['parts'] {
    const { parts } = this;
    const verdict = this.#check.verdictOn(contentOf(parts));
    if (verdict.isValid) {
      return [...parts.filter(({ type }) => type !== 'text'), { type: 'text', text: verdict.text }];
    }
    // It is paid for all the same.
    if (usage !== null) this.#emit({ type: 'usage-told', usage });
    const { problem, place, isHopeless } = verdict;
    const what = place === null ? (isHopeless ? problem : 'it is no JSON') : `it does not keep to ${place}`;
    const message = `${this.#model} answered with what is not the JSON that the schema asks for: ${what}; ${ADVICE}`;
    throw llmError('provider_rejected_answer', message, {
      cause: new WithheldAnswer(parts, problem),
      ...(isHopeless && { sameTargetAgain: false }),
    });
  }
}
