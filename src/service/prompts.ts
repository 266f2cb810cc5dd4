// The prompts of a service, behind its public face: which template, for whom, with which variables. From there on a prompt is a request
// like any other, with a judge over its answer.

import { checkCaller } from '../core/check.ts';
import { checkFieldNames, checkIsRequest } from '../core/check-words.ts';
import { llmError } from '../core/errors.ts';
import type { StreamEvent } from '../core/events.ts';
import type { JsonObject } from '../core/json.ts';
import type { Judge } from '../core/judge.ts';
import type { Caller, LLMRequest } from '../core/request.ts';
import type { ResponseSummary } from '../core/response.ts';
import type { Generation } from '../generations/generation.ts';
import type { PreparedPrompt, PromptInfo, PromptLibrary, PromptTemplate, RenderedPrompt } from '../prompts/library.ts';
import { camelData, wireVariables } from '../prompts/names.ts';
import { callerOf } from './caller.ts';
import type {
  PromptData,
  PromptFace,
  PromptFunction,
  PromptOptions,
  PromptResponse,
  PromptVariables,
} from './prompt-face.ts';
import type { BeginOptions, Requests } from './requests.ts';

export interface PromptsParts {
  /** As it is when a request begins. */
  readonly library: () => PromptLibrary;
  readonly requests: Requests;
  readonly tierOf: (caller: Caller) => string | null;
}

export type PromptSettings = Pick<PromptOptions, 'userId' | 'model' | 'temperature' | 'maxTokens' | 'cache' | 'tags'>;

type StartOptions = PromptOptions & { readonly stream?: boolean };
/** Held to the interface by the compiler in both directions. */
const OPTIONS: Readonly<Record<keyof StartOptions, true>> = {
  signal: true,
  caller: true,
  graceMs: true,
  idempotencyKey: true,
  userId: true,
  model: true,
  temperature: true,
  maxTokens: true,
  cache: true,
  tags: true,
  drafts: true,
  observe: true,
  names: true,
  stream: true,
};
const OPTION_NAMES = Object.keys(OPTIONS);

/** What a request is begun with. */
export interface AskedPrompt {
  readonly request: LLMRequest;
  readonly prompt: NonNullable<BeginOptions['prompt']>;
}

export class Prompts implements PromptFace {
  readonly #parts: PromptsParts;
  readonly #templates = new WeakMap<Generation, PromptTemplate>();
  readonly tutorGreeting: PromptFunction<'tutor_greeting'> = (...asked) => this.run('tutor_greeting', ...asked);
  readonly exerciseGeneration: PromptFunction<'exercise_generation'> = (...asked) =>
    this.run('exercise_generation', ...asked);
  readonly codeReview: PromptFunction<'code_review'> = (...asked) => this.run('code_review', ...asked);
  readonly hintGeneration: PromptFunction<'hint_generation'> = (...asked) => this.run('hint_generation', ...asked);
  readonly feedbackGeneration: PromptFunction<'feedback_generation'> = (...asked) =>
    this.run('feedback_generation', ...asked);
  readonly onboardingInterview: PromptFunction<'onboarding_interview'> = (...asked) =>
    this.run('onboarding_interview', ...asked);
  readonly conceptExplanation: PromptFunction<'concept_explanation'> = (...asked) =>
    this.run('concept_explanation', ...asked);
  readonly tutorReply: PromptFunction<'tutor_reply'> = (...asked) => this.run('tutor_reply', ...asked);

  constructor(parts: PromptsParts) {
    this.#parts = parts;
  }

  list(): readonly PromptInfo[] {
    return this.#parts.library().list();
  }

  find(name: string): PromptInfo {
    return this.#parts.library().get(name).info;
  }

  render(name: string, variables: JsonObject, options: Pick<PromptOptions, 'caller' | 'names'> = {}): RenderedPrompt {
    const template = this.#parts.library().get(name);
    if (options.caller !== undefined) this.#checkTier(template, options.caller);
    return this.#prepare(template, variables, options).rendered;
  }

  judge(name: string, variables: JsonObject): Judge {
    return this.#prepare(this.#parts.library().get(name), variables, {}).judge;
  }

  async run<Name extends string>(
    name: Name,
    variables: PromptVariables<Name>,
    options?: PromptOptions,
  ): Promise<PromptResponse<PromptData<Name>>>;
  async run(name: string, variables: JsonObject, options: PromptOptions = {}): Promise<PromptResponse> {
    const generation = await this.start(name, variables, { ...options, stream: false });
    const response = this.inCamelCase(await generation.whole(options.signal), generation);
    const { data, verification, prompt } = response;
    if (data !== undefined && verification !== undefined && prompt !== undefined)
      return { ...response, data, verification, prompt };
    throw llmError('internal', `The answer to ${name} came without its data`);
  }

  async *stream(
    name: string,
    variables: JsonObject,
    options: PromptOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const generation = await this.start(name, variables, { ...options, stream: true });
    for await (const event of generation.read(options.signal)) yield this.eventInCamelCase(event, generation);
  }

  async start(name: string, variables: JsonObject, options: StartOptions = {}): Promise<Generation> {
    checkIsRequest(options);
    checkFieldNames(options, OPTION_NAMES, 'options');
    const caller = callerOf(options, options);
    checkCaller(caller);
    const template = this.templateFor(name, caller);
    const { request, prompt } = this.ask(template, variables, options);
    const generation = await this.#parts.requests.start(request, { ...options, caller }, { prompt });
    this.madeBy(template, generation);
    return generation;
  }

  /** Throws `not_found`, and `permission_denied`. */
  templateFor(name: string, caller: Caller, param = 'name'): PromptTemplate {
    const template = this.#parts.library().get(name, param);
    this.#checkTier(template, caller, param);
    return template;
  }

  /** The caller's settings stand over those of the template. Throws what is wrong with the variables. */
  ask(
    template: PromptTemplate,
    variables: JsonObject,
    options: PromptSettings & Pick<PromptOptions, 'drafts' | 'names' | 'observe'>,
  ): AskedPrompt {
    const prepared = this.#prepare(template, variables, options);
    const { version, request, cache, warnings } = prepared;
    const { observe } = options;
    const judge = observe === undefined ? prepared.judge : observed(prepared.judge, observe);
    const drafts = prepared.drafts && options.drafts !== false;
    return { request: { ...request, ...settingsIn(options) }, prompt: { version, judge, cache, drafts, warnings } };
  }

  /** An answer's data is read by the schema that it was made for, whatever has been read of the folder since. */
  madeBy(template: PromptTemplate, generation: Generation): void {
    this.#templates.set(generation, template);
  }

  /** The data of an answer under the names of the library; other answers as they are. */
  inCamelCase<Response extends ResponseSummary>(response: Response, generation: Generation): Response {
    const { data, prompt } = response;
    if (data === undefined || prompt === undefined) return response;
    return { ...response, data: this.#camel(data, generation, prompt.name) };
  }

  /** `name`: of the prompt that answers, where another process may have begun it; left out: none does. */
  eventInCamelCase(event: StreamEvent, generation: Generation, name = ''): StreamEvent {
    if (event.type === 'data-draft') return { ...event, data: this.#camel(event.data, generation, name) };
    return event.type === 'response-end' ? { ...event, response: this.inCamelCase(event.response, generation) } : event;
  }

  #camel(data: JsonObject, generation: Generation, name: string): JsonObject {
    const template = this.#templates.get(generation) ?? this.#parts.library().find(name);
    return template === null ? data : camelData(template.info.outputSchema, data);
  }

  #prepare(template: PromptTemplate, variables: JsonObject, { names }: Pick<PromptOptions, 'names'>): PreparedPrompt {
    const spelled = names === 'wire' ? variables : wireVariables(template.info.inputSchema, variables);
    return this.#parts.library().prepareBy(template, spelled);
  }

  #checkTier({ info, tier }: PromptTemplate, caller: Caller, param = 'name'): void {
    if (tier === null || this.#parts.tierOf(caller) === tier) return;
    throw llmError('permission_denied', `The prompt ${info.name} is for callers of the tier ${tier} alone`, { param });
  }
}

/** A prototype's methods are no members of a copy, so each is named. */
function observed(judge: Judge, observe: NonNullable<PromptOptions['observe']>): Judge {
  return {
    key: judge.key,
    mostRepairs: judge.mostRepairs,
    async verdictOn(text, ...rest) {
      const verdict = await judge.verdictOn(text, ...rest);
      observe(text, verdict);
      return verdict;
    },
    standIn: (failure) => judge.standIn(failure),
    ...(judge.sample !== undefined && { sample: judge.sample }),
    ...(judge.draftOf !== undefined && { draftOf: (text: string) => judge.draftOf?.(text) ?? null }),
  };
}

function settingsIn({ userId, model, temperature, maxTokens, cache, tags }: PromptSettings): Partial<LLMRequest> {
  return {
    ...(userId !== undefined && { userId }),
    ...(model !== undefined && { model }),
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(cache !== undefined && { cache }),
    ...(tags !== undefined && { tags }),
  };
}
