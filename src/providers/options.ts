// What both of OpenAI's dialects do with knobs: pass on what providerOptions may set, and say what was left out. Nothing passes that is
// billed beyond the price that is held, or that asks whomever a caller names.

import { llmError } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, stringAt } from '../core/json.ts';
import type { FittedRequest } from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import type { Endpoint } from './endpoint.ts';

/** The fields that the caller sets for this vendor alone; they stand over everything else. */
export function optionsOf(
  { providerOptions }: FittedRequest,
  { id, vendor, optionFields, tiers }: Pick<Endpoint, 'id' | 'vendor' | 'optionFields' | 'tiers'>,
) {
  const fields: Record<string, Json | undefined> = {};
  const warnings: Warning[] = [];
  for (const [name, value] of Object.entries(providerOptions[id] ?? {})) {
    const knob = `providerOptions.${id}.${name}`;
    if (!optionFields.has(name)) warnings.push(leftOut(knob, `is not passed on to ${vendor}`));
    else if (name === 'service_tier' && !isPlainTier(value, tiers)) warnings.push(leftOut(knob, noPlainTier(vendor)));
    else if (name === 'tools' && !areCallersTools(value)) throw notCallersTool(knob, id, vendor);
    else if (name === 'reasoning' && isObject(value)) fields[name] = reasoningOf(value, knob, vendor, warnings);
    else fields[name] = value;
  }
  return { fields, warnings };
}

/** Of OpenAI: `scale` is paid for beforehand, and what is beyond it at the plain price. */
const PLAIN_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale']);

/** The tier of service that is asked for, if it costs no more than the price by which money was held: a wish may break no budget. */
export function tierOf(asked: string | null, { vendor, tiers }: Pick<Endpoint, 'vendor' | 'tiers'>) {
  if (asked === null || isPlainTier(asked, tiers)) return { sent: asked, warnings: [] };
  return { sent: null, warnings: [leftOut(`service_tier "${asked}"`, noPlainTier(vendor))] };
}

function isPlainTier(tier: Json | undefined, tiers: ReadonlySet<string> = PLAIN_TIERS): boolean {
  return typeof tier === 'string' && tiers.has(tier);
}

function noPlainTier(vendor: string): string {
  return `was left out: it is no tier that ${vendor} is known to sell at the price that is held`;
}

/** Those that the caller runs. One that the vendor runs has a price of its own, or asks a server that the caller names. */
function areCallersTools(tools: Json | undefined): boolean {
  return Array.isArray(tools) && tools.every((tool) => CALLERS_TOOLS.has(stringAt(tool, 'type')));
}

const CALLERS_TOOLS: ReadonlySet<string | null> = new Set(['function', 'custom']);

function notCallersTool(param: string, provider: string, vendor: string) {
  const message = `A tool that ${vendor} runs itself is billed in a way that no budget here would see; ${param} takes tools of type "function" and "custom"`;
  return llmError('invalid_request', message, { param, provider });
}

/** How much, and what is told of it. A mode in which the vendor thinks several times over is billed as often. */
const OF_REASONING: ReadonlySet<string> = new Set([
  'effort',
  'enabled',
  'exclude',
  'generate_summary',
  'max_tokens',
  'summary',
]);

function reasoningOf(asked: JsonObject, knob: string, vendor: string, warnings: Warning[]): JsonObject {
  const taken = Object.entries(asked).filter(([name]) => {
    if (OF_REASONING.has(name)) return true;
    warnings.push(leftOut(`${knob}.${name}`, `is not passed on to ${vendor}`));
    return false;
  });
  return Object.fromEntries(taken);
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
