// What prompts take and give on the wire. Requests are strict; which variables there are, and what each may be, is the template's own
// schema, which the library checks: here they are an object.

import { z } from 'zod';
import type { LLMRequest, PromptOptions } from '../index.ts';
import { nativeRequest } from './native-wire.ts';
import { nativeAnswerShape } from './reply-schemas.ts';
import { jsonObject } from './schema.ts';

export const PROMPTS = '/api/v1/llm/prompts';

const variables = jsonObject.optional().describe('As the prompt’s input_schema has them');

export const renderRequest = z.strictObject({ variables });

export const promptRequest = nativeRequest
  .pick({ model: true, temperature: true, max_tokens: true, stream: true, cache: true, user_id: true, tags: true })
  .extend({
    variables,
    drafts: z
      .boolean()
      .optional()
      .describe('False: a stream shows nothing that is not checked yet, also of a prompt that has it shown'),
  });

export function fromPromptRequest(
  body: z.infer<typeof promptRequest>,
  cacheOfHeader: LLMRequest['cache'],
): Omit<PromptOptions, 'userId'> & Pick<LLMRequest, 'cache'> {
  const cache = body.cache ?? cacheOfHeader;
  return {
    ...(body.model !== undefined && { model: body.model }),
    ...(body.temperature !== undefined && { temperature: body.temperature }),
    ...(body.max_tokens !== undefined && { maxTokens: body.max_tokens }),
    ...(body.tags !== undefined && { tags: body.tags }),
    ...(body.drafts !== undefined && { drafts: body.drafts }),
    ...(cache !== undefined && { cache }),
  };
}

const hash = z.string().describe('Of the template as it stands: twelve hexadecimal digits');
const version = { name: z.string(), version: z.string(), hash };

export const promptReply = z.strictObject({
  ...version,
  description: z.string(),
  input_schema: z.looseObject({}).describe('JSON Schema of the variables'),
  output_schema: z.looseObject({}).describe('JSON Schema of the data that is delivered'),
});
export const promptListReply = z.strictObject({ prompts: z.array(promptReply) });

export const renderReply = z.strictObject({
  ...version,
  messages: z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
});

const verification = z.strictObject({
  status: z
    .enum(['verified', 'partly', 'unverified'])
    .describe(
      'By the checks alone, whoever wrote it (see fallback). partly: some need the code to be run; unverified: a sample of the offline provider',
    ),
  checks: z.array(
    z.strictObject({
      id: z.string(),
      verdict: z.enum(['passed', 'failed', 'skipped']),
      evidence: z.string().nullable(),
    }),
  ),
  dropped: z
    .array(z.strictObject({ path: z.string().describe('A JSON pointer'), rule: z.string(), reason: z.string() }))
    .describe('What the model wrote and nobody was given'),
  repairs: z.number().describe('How often the model was told what was wrong'),
  fallback: z.string().nullable().describe('Whose words these are where they are not a model’s'),
});

export const judgedFields = {
  data: z.looseObject({}).describe('As the prompt’s output_schema has it'),
  verification,
  prompt: z.strictObject(version),
};

/** `content` is `data` as JSON text. */
export const promptAnswerShape = nativeAnswerShape.extend(judgedFields);
