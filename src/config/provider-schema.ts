// One entry of `providers` in the YAML file: a server that speaks a dialect of OpenAI's, or what is to be said of a vendor.

import { z } from 'zod';
import type { ModelFeature } from '../core/catalog.ts';
import type { ServerMedia, ServerModel, ServerSettings } from '../core/provider-settings.ts';
import { baseUrl, headerValue, oneOf, secret, text, wholeNumber } from './leaves.ts';

const FEATURES = ['tools', 'images', 'json_schema', 'json_mode'] as const satisfies readonly ModelFeature[];
const MEDIA = ['pdf', 'audio'] as const satisfies readonly ServerMedia[];
const MOST_TOKENS = 100_000_000;
const MOST_DIMENSIONS = 16_384;

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'name it with letters, digits and "-"');

const modelName = text.pipe(
  z.string().regex(/^[\x21-\x7e]{1,256}$/, 'write the name as the server knows it, without spaces'),
);

const modelSchema = z.strictObject({
  name: modelName,
  context_window: wholeNumber(512, MOST_TOKENS).optional(),
  max_output_tokens: wholeNumber(1, MOST_TOKENS).optional(),
  dimensions: wholeNumber(1, MOST_DIMENSIONS).optional(),
  lacks: z.array(oneOf(FEATURES)).optional(),
  takes: z.array(oneOf(MEDIA)).optional(),
});

export const providerSchema = z.strictObject({
  type: oneOf(['compatible']).optional(),
  preset: text.optional(),
  // The usual path is the preset's.
  base_url: baseUrl('').optional(),
  api_key: secret(1).optional(),
  more_api_keys: z.array(secret(1)).min(1, 'write at least one key').optional(),
  api: oneOf(['chat', 'responses']).optional(),
  lacks: z.array(text).optional(),
  takes: z.array(oneOf(MEDIA)).optional(),
  leaves_out: z.array(text).optional(),
  max_tokens_field: oneOf(['max_tokens', 'max_completion_tokens']).optional(),
  reasoning_field: text.optional(),
  api_version: text.optional(),
  headers: z.record(headerName, headerValue).optional(),
  fields: z.record(z.string(), z.json()).optional(),
  model: modelName.optional(),
  models: z.array(modelSchema).optional(),
});

export type ProviderRow = z.output<typeof providerSchema>;

export function serverSettings(id: string, row: ProviderRow): ServerSettings {
  const models = (row.models ?? []).map(
    ({
      name,
      context_window: contextWindow,
      max_output_tokens: outputLimit,
      dimensions,
      lacks,
      takes,
    }): ServerModel => ({
      name,
      contextWindow,
      outputLimit,
      dimensions,
      lacks,
      takes,
    }),
  );
  return {
    kind: 'server',
    id,
    preset: row.preset,
    baseUrl: row.base_url,
    apiKey: row.api_key,
    moreApiKeys: row.more_api_keys ?? [],
    api: row.api,
    lacks: row.lacks,
    takes: row.takes,
    leavesOut: row.leaves_out,
    maxTokensField: row.max_tokens_field,
    reasoningField: row.reasoning_field,
    apiVersion: row.api_version,
    headers: new Map(Object.entries(row.headers ?? {})),
    fields: row.fields,
    model: row.model ?? models.find(({ dimensions }) => dimensions === undefined)?.name ?? null,
    models,
  };
}
