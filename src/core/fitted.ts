// What step 3 decides and the later steps read: the request as it will be sent, to whom, and what was changed on the way.

import type { ModelCard, PassedOver, Target } from './catalog.ts';
import { asToldTo, type Emulation } from './emulation.ts';
import type { CacheMode, FittedRequest, Message } from './request.ts';
import type { ContextReport, ResponseSummary } from './response.ts';

export interface Fitted {
  readonly request: FittedRequest;
  /** As the caller named it; null: left to us. */
  readonly requestedModel: string | null;
  /** Those that can answer this request, in order; never empty. */
  readonly targets: readonly [Target, ...Target[]];
  /** Those that the name leads to, too, and that will not be asked. */
  readonly passedOver: readonly PassedOver[];
  readonly context: ContextReport;
  /** What was asked, when max tokens was clamped or filled in. */
  readonly maxTokens: ResponseSummary['maxTokens'];
  readonly cache: CacheMode;
  readonly tags: Readonly<Record<string, string>>;
  /** Knobs that nobody asked for: they are set because the configuration says so. */
  readonly defaulted: readonly string[];
  /** False once max tokens was lowered for money: such an answer is neither cached nor shared. */
  readonly shareable: boolean;
  /** For the targets whose models take no JSON schema; null: none is asked for. */
  readonly emulation: Emulation | null;
  /** The messages that were asked, where those that are sent also say what was wrong with the answer before. */
  readonly keptAs?: readonly Message[];
}

/** As this target takes it: models differ in how much they answer at most, and in what they take. */
export function fittedTo(fitted: Fitted, { card }: Target): Fitted {
  return toldTo(clampedTo(fitted, card), card);
}

function toldTo(fitted: Fitted, card: ModelCard): Fitted {
  const { emulation, context } = fitted;
  const request = asToldTo(fitted.request, emulation, card);
  if (emulation === null || request === fitted.request) return fitted;
  const estimatedTokens = context.estimatedTokens + emulation.estimatedTokens;
  return { ...fitted, request, context: { ...context, estimatedTokens } };
}

function clampedTo(fitted: Fitted, card: ModelCard): Fitted {
  const { request, maxTokens } = fitted;
  if (request.maxTokens === null || request.maxTokens <= card.outputLimit) return fitted;
  const sent = card.outputLimit;
  const asked = maxTokens?.asked ?? request.maxTokens;
  return {
    ...fitted,
    request: { ...request, maxTokens: sent },
    maxTokens: { asked, sent, reason: 'the model gives no more' },
  };
}
