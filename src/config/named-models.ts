// Every model that a configuration names beside those that are asked unnamed or by a route, and where it does.

import type { ServerSettings } from '../core/provider-settings.ts';

export interface NamedModel {
  readonly name: string;
  /** `in prices`: after "it is named". */
  readonly where: string;
}

interface Naming {
  readonly servers: readonly ServerSettings[];
  readonly tenants: ReadonlyMap<string, { readonly allowed_models?: readonly string[] | undefined }>;
  readonly prices: readonly { readonly model: string }[];
  /** Their names stand in the lists of tenants too, and are no models. */
  readonly routes: ReadonlyMap<string, unknown>;
}

export function namedModels({ servers, tenants, prices, routes }: Naming): readonly NamedModel[] {
  const listed = servers.flatMap(({ id, model, models }) =>
    [...(model === null ? [] : [model]), ...models.map(({ name }) => name)].map((name) => ({
      name: `${id}/${name}`,
      where: `in providers.${id}`,
    })),
  );
  const allowed = [...tenants].flatMap(([tenant, { allowed_models: names = [] }]) =>
    names.filter((name) => !routes.has(name)).map((name) => ({ name, where: `in tenants.${tenant}.allowed_models` })),
  );
  return [...listed, ...allowed, ...prices.map(({ model }) => ({ name: model, where: PRICED }))];
}

/** A price is kept for the rows of old, so that a model may be gone where it is named by its price alone. */
export const PRICED = 'in prices';
