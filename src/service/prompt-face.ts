// The prompts as the public face shows them: each a function from variables to data that code has checked, by its name or by a method
// of its own. Types only; prompts.ts is what stands behind them.

import type { StreamEvent } from '../core/events.ts';
import type { JsonObject } from '../core/json.ts';
import type { Judge, JudgeVerdict, Verification } from '../core/judge.ts';
import type { CacheMode, PromptVersion } from '../core/request.ts';
import type { LLMResponse } from '../core/response.ts';
import type { Generation } from '../generations/generation.ts';
import type { PromptDocuments } from '../prompts/documents.ts';
import type { PromptInfo, RenderedPrompt } from '../prompts/library.ts';
import type { Camel } from '../prompts/names.ts';
import type { CompletionOptions } from './face.ts';

export interface PromptOptions extends Pick<CompletionOptions, 'signal' | 'caller' | 'graceMs' | 'idempotencyKey'> {
  /** Whose windows are drawn on, where no `caller` is told. Default `anonymous`. */
  readonly userId?: string;
  /** Stands over the template's; so do the next two. */
  readonly model?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly cache?: CacheMode;
  readonly tags?: Readonly<Record<string, string>>;
  /** False: a stream shows nothing that is not checked yet, also where the template has it shown. Default true. */
  readonly drafts?: boolean;
  /** Hears what models wrote and what was decided of it, in order, whatever is delivered in the end: for evaluations. */
  readonly observe?: (text: string, verdict: JudgeVerdict) => void;
  /** `wire`: variables are spelled as the schema has them, and in no other way. Default: that, or camelCase. */
  readonly names?: 'wire';
}

/** The whole answer. Its `content` is the data as JSON text. */
export interface PromptResponse<Data = JsonObject> extends Omit<LLMResponse, 'data'> {
  /** What was checked and is delivered, under camelCase names. Not any JSON as well, or a mistyped field would compile. */
  readonly data: Data;
  readonly verification: Verification;
  readonly prompt: PromptVersion;
}

type Side<Name extends string, Of extends 'input' | 'data'> = Name extends keyof PromptDocuments
  ? PromptDocuments[Name][Of]
  : JsonObject;
/** In camelCase, or as the schema spells it. */
export type PromptVariables<Name extends string> = Camel<Side<Name, 'input'>> | Side<Name, 'input'>;
export type PromptData<Name extends string> = Camel<Side<Name, 'data'>>;

/** One prompt as a function. */
export type PromptFunction<Name extends string> = (
  variables: PromptVariables<Name>,
  options?: PromptOptions,
) => Promise<PromptResponse<PromptData<Name>>>;

export interface PromptFace {
  /** By name. */
  list(): readonly PromptInfo[];
  /** Throws `not_found`. */
  find(name: string): PromptInfo;
  /** What a model would be asked; nobody is. Throws as `run` does, for a template of one tier only where a caller is told. */
  render(name: string, variables: JsonObject, options?: Pick<PromptOptions, 'caller' | 'names'>): RenderedPrompt;
  /** What would decide about an answer: for answers that were written elsewhere, or before. Throws as `render` does. */
  judge(name: string, variables: JsonObject): Judge;
  /**
   * Rejects with `not_found`, `invalid_request` that names everything wrong with the variables, `permission_denied` where the template
   * is for callers of one tier; with `provider_rejected_answer` where no answer would do; and as a completion does.
   */
  run<Name extends string>(
    name: Name,
    variables: PromptVariables<Name>,
    options?: PromptOptions,
  ): Promise<PromptResponse<PromptData<Name>>>;
  /** As it is made: drafts of the data where the template has them shown, then its text; `response-end` has all that `run` gives. */
  stream(name: string, variables: JsonObject, options?: PromptOptions): AsyncIterable<StreamEvent>;
  /** The same as a handle. Its data is spelled as the schema has it. */
  start(
    name: string,
    variables: JsonObject,
    options?: PromptOptions & { readonly stream?: boolean },
  ): Promise<Generation>;
  readonly tutorGreeting: PromptFunction<'tutor_greeting'>;
  readonly exerciseGeneration: PromptFunction<'exercise_generation'>;
  readonly codeReview: PromptFunction<'code_review'>;
  readonly hintGeneration: PromptFunction<'hint_generation'>;
  readonly feedbackGeneration: PromptFunction<'feedback_generation'>;
  readonly onboardingInterview: PromptFunction<'onboarding_interview'>;
  readonly conceptExplanation: PromptFunction<'concept_explanation'>;
  readonly tutorReply: PromptFunction<'tutor_reply'>;
}
