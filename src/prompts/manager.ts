// The prompts without a service: from typed values to the messages that a model would be sent, and no further. Who wants the answer checked
// asks `service.prompts`.

import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../core/json.ts';
import type { PromptDocuments } from './documents.ts';
import { type PromptInfo, PromptLibrary, type RenderedPrompt } from './library.ts';
import { type Camel, wireVariables } from './names.ts';

/** What a prompt of the package takes, in camelCase or as its schema spells it. */
export type PromptInput<Name extends keyof PromptDocuments> =
  | Camel<PromptDocuments[Name]['input']>
  | PromptDocuments[Name]['input'];

export interface PromptTemplateManagerOptions {
  /** Folders of templates; a later one stands over those before it, and all over the package's. */
  readonly dirs?: readonly string[];
  /** What marks are made of. Left out: another one each time, so that the same prompt reads differently in each process. */
  readonly secret?: string;
}

export class PromptTemplateManager {
  readonly #library: PromptLibrary;

  /** Throws a PromptError with all that is wrong with the templates. */
  constructor({ dirs = [], secret = randomBytes(32).toString('hex') }: PromptTemplateManagerOptions = {}) {
    this.#library = PromptLibrary.load({ dirs, secret });
  }

  list(): readonly PromptInfo[] {
    return this.#library.list();
  }

  /** Throws `not_found`, and `invalid_request` that names everything that is wrong with the variables. */
  render(name: string, variables: JsonObject): RenderedPrompt {
    const schema = this.#library.find(name)?.info.inputSchema ?? {};
    return this.#library.prepare(name, wireVariables(schema, variables)).rendered;
  }

  createGreetingPrompt(input: PromptInput<'tutor_greeting'>): RenderedPrompt {
    return this.render('tutor_greeting', input);
  }

  createExercisePrompt(input: PromptInput<'exercise_generation'>): RenderedPrompt {
    return this.render('exercise_generation', input);
  }

  createCodeReviewPrompt(input: PromptInput<'code_review'>): RenderedPrompt {
    return this.render('code_review', input);
  }

  createHintPrompt(input: PromptInput<'hint_generation'>): RenderedPrompt {
    return this.render('hint_generation', input);
  }

  createFeedbackPrompt(input: PromptInput<'feedback_generation'>): RenderedPrompt {
    return this.render('feedback_generation', input);
  }

  createOnboardingPrompt(input: PromptInput<'onboarding_interview'>): RenderedPrompt {
    return this.render('onboarding_interview', input);
  }

  createConceptExplanationPrompt(input: PromptInput<'concept_explanation'>): RenderedPrompt {
    return this.render('concept_explanation', input);
  }

  createTutorReplyPrompt(input: PromptInput<'tutor_reply'>): RenderedPrompt {
    return this.render('tutor_reply', input);
  }
}
