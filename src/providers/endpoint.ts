// Where a vendor of OpenAI's family is asked, and how the key is shown. Both of OpenAI's dialects stand on it.

import type { JsonObject } from '../core/json.ts';
import type { LLMProvider } from '../core/provider.ts';

export interface Endpoint {
  /** `groq`: in routes, rows and headers. */
  readonly id: string;
  readonly billAfterCancel: LLMProvider['billAfterCancel'];
  /** `Groq`: in sentences. */
  readonly vendor: string;
  /** With its path, without a slash at the end. `{model}` stands for the model where the address names it (Azure's deployments). */
  readonly baseUrl: string;
  /** Null: this server wants none. */
  readonly apiKey: string | null;
  /** The header that takes the key as it is. Left out: `Authorization: Bearer …`. */
  readonly keyHeader?: string;
  /** Sent with every request, beside the key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The operator's own, in every body; what the request itself says stands over them. Left out: none. */
  readonly fields?: JsonObject;
  /** What stands after the `?` of every address; left out: nothing. */
  readonly query?: string;
  /** What providerOptions may set. Anything else is left out with a warning: it would be a 400, or reach for the bound of the bill. */
  readonly optionFields: ReadonlySet<string>;
  /** Tiers of service that cost no more than the price that is held. Left out: those of OpenAI. */
  readonly tiers?: ReadonlySet<string>;
  /** What its list of models is worth; left out: what is not listed is not there. `none`: its names are not those that are asked. */
  readonly modelList?: 'partial' | 'none';
}

export function urlOf({ baseUrl, query }: Endpoint, path: string, model: string): string {
  const url = baseUrl.replace('{model}', encodeURIComponent(model)) + path;
  return query === undefined ? url : `${url}?${query}`;
}

export function headersOf({ apiKey, keyHeader, headers }: Endpoint): Readonly<Record<string, string>> {
  if (apiKey === null) return { ...headers };
  return { ...headers, ...(keyHeader === undefined ? { authorization: `Bearer ${apiKey}` } : { [keyHeader]: apiKey }) };
}

/** A base URL as the vendors' own clients take it: the usual path is added where there is none. */
export function withPath(baseUrl: string, usualPath: string): string {
  const url = URL.parse(baseUrl);
  const trimmed = baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl;
  return url !== null && url.pathname === '/' ? trimmed + usualPath : trimmed;
}

/** Whether it is the vendor itself that stands behind an address, or somebody of whom nothing is known (a proxy, a test). */
export function isVendorItself(baseUrl: string, domain: string): boolean {
  const hostname = URL.parse(baseUrl)?.hostname;
  return hostname === undefined || hostname === domain || hostname.endsWith(`.${domain}`);
}

interface KeyForm {
  /** Null: the vendor's keys have no form of their own, or it is not the vendor who stands behind the address. */
  readonly prefix: string | null;
  readonly vendor: string;
  /** Where keys are made. */
  readonly page: string;
}

/** What is wrong with the form of a key; null when nothing is. It never repeats the key. */
export function keyProblem(key: string, { prefix, vendor, page }: KeyForm): string | null {
  if (key === '') return `it is empty; get a key at ${page}`;
  if (!/^[\x21-\x7e]+$/.test(key)) {
    return 'it holds a space, a line break or a character that no key has; copy it again';
  }
  if (prefix !== null && !key.startsWith(prefix))
    return `it does not begin with ${prefix}, as the keys of ${vendor} do; copy it again from ${page}`;
  return null;
}
