// What a package of the AI SDK says that it left out of a request. A knob is a warning; a feature that it dropped is an error, since
// the answer would not be what was asked.

import { llmError } from '../../core/errors.ts';
import { type Json, stringAt } from '../../core/json.ts';
import type { Warning } from '../../core/response.ts';

export type Warn = (warning: Warning) => void;

/** The names of knobs there, as ours on the wire. */
const PARAMS: ReadonlyMap<string, string> = new Map([
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['seed', 'seed'],
  ['stopSequences', 'stop'],
  ['maxOutputTokens', 'max_tokens'],
  ['reasoning', 'reasoning_effort'],
]);

/** Of a request that is answered without them, the caller could not tell. */
const FEATURES: readonly (readonly [RegExp, string])[] = [
  [/^responseFormat/i, 'response_format'],
  [/^toolChoice/i, 'tool_choice'],
  [/^(tools?$|tool |provider-defined tool)/i, 'tools'],
];

const LONGEST = 300;

/** Versions call it `feature`, `setting` or, of a tool, nothing; the sentences are the package's own. */
export function warnOfOptions(provider: string, told: readonly Json[], warn: Warn): void {
  for (const warning of told) {
    const type = stringAt(warning, 'type') ?? '';
    const name = stringAt(warning, 'feature') ?? stringAt(warning, 'setting') ?? '';
    const isDropped = type === 'unsupported' || type === 'unsupported-setting';
    const param = type === 'unsupported-tool' ? 'tools' : isDropped ? featureOf(name) : undefined;
    if (param !== undefined)
      throw llmError('invalid_request', `The model of ${provider} cannot do what "${param}" asks`, { param, provider });
    const words = [name, stringAt(warning, 'details'), stringAt(warning, 'message')].filter(
      (word) => word !== null && word !== '',
    );
    warn({
      code: isDropped ? 'unsupported_parameter' : 'provider_warning',
      message: `${provider}: ${words.join(': ').slice(0, LONGEST).toWellFormed()}`,
      param: PARAMS.get(name),
    });
  }
}

function featureOf(name: string): string | undefined {
  return FEATURES.find(([pattern]) => pattern.test(name))?.[1];
}
