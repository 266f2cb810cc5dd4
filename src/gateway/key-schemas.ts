// What the routes of keys and of the own identity answer, for /docs.

import { z } from 'zod';

const keyFields = {
  id: z.string(),
  tenant: z.string(),
  user_id: z.string().nullable(),
  role: z.enum(['admin', 'server', 'user']),
  tier: z.string().nullable(),
  allowed_models: z.array(z.string()).nullable().describe('Null: all'),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
};
export const keyReply = z.strictObject(keyFields);
export const newKeyReply = z.strictObject({
  ...keyFields,
  key: z.string().describe('Shown now, and never again'),
  first: z.boolean().describe('The gateway was open until now'),
});
export const keyListReply = z.strictObject({ keys: z.array(keyReply), next_cursor: z.string().nullable() });

export const identityReply = z.strictObject({
  role: z.enum(['admin', 'server', 'user']),
  tenant: z.string(),
  user_id: z.string().nullable().describe('Null: it names its users itself'),
  tier: z.string().nullable(),
  allowed_models: z.array(z.string()).nullable().describe('Null: all'),
  key_id: z.string().nullable().describe('Null: no key is wanted'),
});
