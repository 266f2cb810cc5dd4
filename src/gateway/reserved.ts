// What would reach for money, identity or another destination: no body and no header of a request may set it, and it is never
// left out in silence (CVE-2024-6587 and CVE-2026-47101 were fields of this kind that a gateway took).

import type { IncomingHttpHeaders } from 'node:http';
import { llmError } from '../index.ts';

const FIELDS: ReadonlySet<string> = new Set([
  ...[
    'api_key',
    'api_base',
    'base_url',
    'custom_host',
    'custom_llm_provider',
    'azure_endpoint',
    'api_version',
    'proxy',
  ],
  ...['headers', 'extra_headers', 'extra_body', 'provider_options', 'organization', 'tenant', 'tenant_id', 'role'],
  ...['user_role', 'key', 'tier', 'budget', 'max_budget', 'allowed_models', 'allowed_routes'],
]);

const HEADERS: readonly string[] = [
  ...['api-base', 'api_base', 'base-url', 'base_url', 'custom-host', 'custom_host'],
  ...['x-api-base', 'x-base-url', 'x-custom-host', 'x-tenant-id', 'x-role', 'x-budget'],
];

export function refuseReserved(name: string): void {
  if (FIELDS.has(name)) throw refusal(name);
}

export function refuseReservedHeaders(headers: IncomingHttpHeaders): void {
  for (const name of HEADERS) if (headers[name] !== undefined) throw refusal(name);
}

function refusal(name: string) {
  return llmError('unknown_parameter', `"${name}" is the operator's to set; leave it out`, { param: name });
}
