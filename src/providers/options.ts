// What both of OpenAI's dialects do with knobs: pass on what providerOptions may set, and say what was left out.

import type { Json, JsonObject } from '../core/json.ts';
import type { FittedRequest } from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import type { Endpoint } from './endpoint.ts';

/** The fields that the caller sets for this vendor alone; they stand over everything else. */
export function optionsOf(
  { providerOptions }: FittedRequest,
  { id, vendor, optionFields }: Pick<Endpoint, 'id' | 'vendor' | 'optionFields'>,
) {
  const fields: Record<string, Json | undefined> = {};
  const warnings: Warning[] = [];
  for (const [name, value] of Object.entries(providerOptions[id] ?? {})) {
    if (optionFields.has(name)) fields[name] = value;
    else warnings.push(leftOut(`providerOptions.${id}.${name}`, `is not passed on to ${vendor}`));
  }
  return { fields, warnings };
}

/** A knob that was left out; its value may stand behind its name. */
export function leftOut(knob: string, why: string): Warning {
  const [param] = knob.split(' ', 1);
  return { code: 'unsupported_parameter', message: `${knob} ${why}`, param };
}

/** Absent fields stay absent: a null means something else to some vendors. */
export function withoutAbsent(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
