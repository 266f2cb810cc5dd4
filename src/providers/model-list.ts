// `GET /models` as the OpenAI family writes it. The dialect tells names alone; what its vendors add to them stands under the names that
// each has found for it. Read from their docs and clients up to November 2026.

import { arrayAt, isObject, type Json, numberAt, objectAt, stringAt } from '../core/json.ts';
import {
  dayOf,
  isModelName,
  type ListedModel,
  type ListedPrice,
  listedModel,
  type ModelPage,
} from '../core/model-list.ts';
import { type PicoUsd, parseUsd, perToken } from '../core/money.ts';
import type { LLMProvider } from '../core/provider.ts';
import { type Endpoint, headersOf, urlOf } from './endpoint.ts';

/** For a provider to be spread into. */
export function modelListOf(endpoint: Endpoint): Pick<LLMProvider, 'modelList'> {
  // An address that names the deployment leads to no list.
  if (endpoint.modelList === 'none' || endpoint.baseUrl.includes('{model}')) return {};
  const isWhole = endpoint.modelList !== 'partial';
  return { modelList: { url: urlOf(endpoint, '/models', ''), headers: headersOf(endpoint), isWhole, read: pageOf } };
}

function pageOf(body: Json): ModelPage | null {
  const rows = rowsOf(body);
  if (rows === null) return null;
  const models = rows.flatMap((row) => {
    const id = stringAt(row, 'id');
    return id === null || id === '' ? [] : [modelOf(id, row)];
  });
  return { models, nextUrl: null };
}

function rowsOf(body: Json): readonly Json[] | null {
  // Together sends the list itself.
  if (Array.isArray(body)) return body;
  const rows = arrayAt(body, 'data');
  // Ollama's list without a model.
  return rows ?? (stringAt(body, 'object') === 'list' && isObject(body) && body['data'] === null ? [] : null);
}

/** Groq, OpenRouter and Together, Mistral, vLLM. */
const CONTEXT_WINDOWS = ['context_window', 'context_length', 'max_context_length', 'max_model_len'];
/** OpenAI, OpenRouter, Mistral. */
const ENDS = ['shutdown_date', 'expiration_date', 'deprecation'];
/** How OpenRouter may be told to choose among those who serve a model; none of them is listed. */
const ROUTINGS = ['nitro', 'floor', 'online', 'exacto'];

function modelOf(id: string, row: Json): ListedModel {
  return listedModel(id, {
    aliases: [...aliasesOf(id), ...(arrayAt(row, 'aliases') ?? []).filter((alias) => typeof alias === 'string')],
    // Groq, Mistral.
    isActive: !(isObject(row) && (row['active'] === false || row['archived'] === true)),
    contextWindow: firstOf(CONTEXT_WINDOWS, (name) => positiveAt(row, name)),
    outputLimit:
      positiveAt(row, 'max_completion_tokens') ??
      positiveAt(objectAt(row, 'top_provider') ?? {}, 'max_completion_tokens'),
    shutDownOn: firstOf(ENDS, (name) => dayOf(stringAt(row, name))),
    replacement: nameAt(row, 'deprecation_replacement_model'),
    price: priceOf(objectAt(row, 'pricing')),
  });
}

/** Ollama's names end in a tag that is `latest` when none is given. */
function aliasesOf(id: string): readonly string[] {
  if (id.endsWith(':latest')) return [id.slice(0, -':latest'.length)];
  return id.includes('/') && !id.includes(':') ? ROUTINGS.map((routing) => `${id}:${routing}`) : [];
}

function nameAt(row: Json, member: string): string | null {
  const name = stringAt(row, member);
  return name !== null && isModelName(name) ? name : null;
}

function firstOf<Value>(names: readonly string[], read: (name: string) => Value | null): Value | null {
  return names.map(read).find((value) => value !== null) ?? null;
}

function positiveAt(row: Json, name: string): number | null {
  const figure = numberAt(row, name);
  return figure !== null && Number.isInteger(figure) && figure > 0 ? figure : null;
}

/** OpenRouter's are text, for one token; Together's are numbers, for a million. */
function priceOf(pricing: Json): ListedPrice | null {
  const input = usdAt(pricing, 'prompt') ?? usdAt(pricing, 'input');
  const output = usdAt(pricing, 'completion') ?? usdAt(pricing, 'output');
  if (input === null || output === null) return null;
  return { input, output, cacheRead: usdAt(pricing, 'input_cache_read') ?? usdAt(pricing, 'cached_input') };
}

function usdAt(pricing: Json, name: string): PicoUsd | null {
  const text = stringAt(pricing, name);
  const perMillion = numberAt(pricing, name);
  try {
    if (text !== null) return parseUsd(text);
    return perMillion === null ? null : perToken(String(perMillion));
  } catch {
    // "-1": it depends.
    return null;
  }
}
