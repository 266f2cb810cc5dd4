// What a configuration is once it is read: everything resolved, everything typed.

import type { RouteTerms } from '../core/catalog.ts';
import type { NamedOwn } from '../core/own-provider.ts';
import type { Hidden, OpenAiApi, ProviderSettings, ServerSettings } from '../core/provider-settings.ts';
import type { Tables } from './document.ts';
import type { Origins } from './resolution.ts';
import type { Settings } from './settings.ts';

type Row<Name extends 'tiers' | 'tenants' | 'users' | 'accounts'> = NonNullable<Tables[Name]>[string];

/** A price of the operator's: decimals as text, USD per million tokens. */
export interface ConfiguredPrice {
  readonly model: string;
  /** ISO date; null: always. */
  readonly from: string | null;
  readonly input: string;
  readonly cachedInput: string | null;
  readonly output: string;
  readonly source: string | null;
}

export interface Config extends Readonly<Settings> {
  readonly tiers: ReadonlyMap<string, Row<'tiers'>>;
  readonly tenants: ReadonlyMap<string, Row<'tenants'>>;
  /** By user id, or by `tenant/user`. */
  readonly users: ReadonlyMap<string, Row<'users'>>;
  /** By provider: what the vendor allows our account there. */
  readonly accounts: ReadonlyMap<string, Row<'accounts'>>;
  /** Those that can be asked beside the offline one, in the order in which they stand in for one another. */
  readonly providers: readonly ProviderSettings[];
  /** Those that the application has handed in, behind them; none where nobody but the offline one may be asked. */
  readonly own: readonly NamedOwn[];
  /** Whose tokens are taken beside our own keys; null: nobody's. */
  readonly jwt: NonNullable<Tables['jwt']> | null;
  /** What createCatalog() wants beside the providers. */
  readonly catalog: {
    readonly primary: string;
    readonly defaultModel: string;
    readonly fallback: { readonly provider: string; readonly model: string } | null;
    readonly routes: ReadonlyMap<string, readonly ({ readonly model: string } & RouteTerms)[]>;
    readonly prices: readonly ConfiguredPrice[];
    readonly servers: readonly ServerSettings[];
    readonly openAiApi: OpenAiApi;
  };
  /** Every secret there is, for logs to blot out. */
  readonly secrets: readonly Hidden[];
  /** The path of the YAML file that was read; null when there is none. */
  readonly file: string | null;
  /** Where it is, or would be. */
  readonly filePath: string;
  /** Where each value came from, by the name of its variable or its path in the file. */
  readonly origins: Origins;
  /** What an operator should know though it is no fault; `doctor` prints it. */
  readonly notes: readonly string[];
}
