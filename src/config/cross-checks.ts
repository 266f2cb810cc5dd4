// What no value can tell alone: names that must lead somewhere, ports that must differ. These look at what was written, not at
// what was read, so that they tell their faults along with all others.

import { didYouMean } from '../core/near-names.ts';
import type { NamedOwn } from '../core/own-provider.ts';
import type { OpenAiApi, VendorId } from '../core/provider-settings.ts';
import { valueAt } from './document.ts';
import { type Fault, shown } from './faults.ts';
import { namedServersIn, openAiApiIn } from './providers.ts';
import type { WrittenSettings } from './resolution.ts';
import { VENDOR_IDS, VENDOR_SETTINGS } from './settings.ts';

export interface Written {
  readonly settings: WrittenSettings;
  /** Of the YAML file, as it stands there. */
  readonly content: unknown;
  readonly fileName: string;
  /** What the application hands in. */
  readonly own: readonly NamedOwn[];
}

interface Place {
  readonly where: string;
  readonly value: unknown;
}

export function tierFaults({ settings, content, fileName }: Written): readonly Fault[] {
  const tiers = membersOf(valueAt(content, ['tiers'])).map(([name]) => name);
  const defaultTier = settings.get('defaultTier');
  const places: Place[] = membersOf(valueAt(content, ['users'])).map(([user, row]) => ({
    where: `${fileName}: users.${user}.tier`,
    value: valueAt(row, ['tier']),
  }));
  places.push({ where: defaultTier?.name ?? '', value: defaultTier?.value });
  return places.flatMap(({ where, value }) => {
    if (typeof value !== 'string' || tiers.includes(value)) return [];
    return [
      { where, found: shown(value), write: `write the name of a tier under \`tiers\`.${didYouMean(value, tiers)}` },
    ];
  });
}

/** What else a name may be in its place. */
export interface Among {
  readonly servers: readonly { readonly id: string; readonly models: readonly string[]; readonly listsAll?: boolean }[];
  /** Where a route will do as well. */
  readonly routes?: readonly string[];
  /** Where only a model of this vendor will do. */
  readonly vendor?: VendorId;
  /** Where it will be asked, and from when on; left out: a model that has ended, or that is not reached, will do. */
  readonly asked?: { readonly atMs: number; readonly openAiApi: OpenAiApi };
}

/** Null when the name leads to a model, else why not. Given by who knows the models. */
export type WhyNoModel = (name: string, among: Among) => string | null;

export function modelFaults(written: Written, whyNoModel: WhyNoModel, nowMs: number): readonly Fault[] {
  const { content } = written;
  const servers = [...namedServersIn(content), ...written.own];
  const asked = { atMs: nowMs, openAiApi: openAiApiIn(content) };
  const routes = membersOf(valueAt(content, ['routes'])).map(([name]) => name);
  const providers = [...VENDOR_IDS, ...servers.map(({ id }) => id)];
  const whyNot = (name: string, among: Among) => {
    const why = whyNoModel(name, among);
    return why === null ? null : why + whyNoProvider(name, providers);
  };
  return [
    ...VENDOR_IDS.flatMap((vendor) =>
      nameFaults(defaultPlaces(written, vendor), (name) => whyNoModel(name, { servers, vendor, asked })),
    ),
    ...nameFaults(targetPlaces(written), (name) => whyNot(name, { servers, asked })),
    ...nameFaults(pricePlaces(written), (name) => whyNot(name, { servers })),
    ...nameFaults(allowedPlaces(written), (name) => whyNot(name, { servers, routes })),
  ];
}

/** What stands before a model may be what is misspelt; nothing where no provider is called alike. */
function whyNoProvider(name: string, providers: readonly string[]): string {
  const [provider = '', ...model] = name.split('/');
  if (model.length === 0 || providers.includes(provider)) return '';
  const meant = didYouMean(provider, providers);
  return meant === '' ? '' : ` No provider is called "${provider}".${meant}`;
}

function nameFaults(places: readonly Place[], whyNot: (name: string) => string | null): readonly Fault[] {
  return places.flatMap(({ where, value }) => {
    const why = typeof value === 'string' ? whyNot(value) : null;
    return why === null ? [] : [{ where, found: shown(value), write: why }];
  });
}

/** A list of models that can never be asked would shut its tenant out without a word. */
function allowedPlaces({ content, fileName }: Written): readonly Place[] {
  return membersOf(valueAt(content, ['tenants'])).flatMap(([tenant, row]) =>
    membersOf(valueAt(row, ['allowed_models'])).map(([index, value]) => ({
      where: `${fileName}: tenants.${tenant}.allowed_models[${index}]`,
      value,
    })),
  );
}

/** Of a vendor that is not used only what somebody wrote is looked at: the day will come when a default is no model any more. */
function defaultPlaces({ settings }: Written, vendor: VendorId): readonly Place[] {
  const { model: setting, apiKey } = VENDOR_SETTINGS[vendor];
  const model = settings.get(setting);
  const isUsed = vendor === 'groq' || settings.get(apiKey)?.value !== null;
  return model === undefined || !(isUsed || model.origin !== 'default')
    ? []
    : [{ where: model.name, value: model.value }];
}

function targetPlaces({ content, fileName }: Written): readonly Place[] {
  return membersOf(valueAt(content, ['routes'])).flatMap(([route, row]) =>
    membersOf(valueAt(row, ['targets'])).map(([index, value]) => {
      const where = `${fileName}: routes.${route}.targets[${index}]`;
      return typeof value === 'string'
        ? { where, value }
        : { where: `${where}.model`, value: valueAt(value, ['model']) };
    }),
  );
}

function pricePlaces({ content, fileName }: Written): readonly Place[] {
  return membersOf(valueAt(content, ['prices'])).map(([index, row]) => ({
    where: `${fileName}: prices[${index}].model`,
    value: valueAt(row, ['model']),
  }));
}

/** One port, one listener; 0 is a free one each time. */
export function portFaults({ settings }: Written): readonly Fault[] {
  const [port, metricsPort] = [settings.get('port')?.value, settings.get('metricsPort')?.value];
  if (metricsPort === null || metricsPort === undefined) return [];
  if (Number(metricsPort) === 0 || Number(metricsPort) !== Number(port)) return [];
  const write = 'write another port than PORT, where the requests are answered; or leave it out for /metrics there';
  return [{ where: 'METRICS_PORT', found: shown(metricsPort), write }];
}

export function membersOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
