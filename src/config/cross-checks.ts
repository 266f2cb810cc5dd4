// What no value can tell alone: names that must lead somewhere, keys that must be there. These look at what was written, not at
// what was read, so that they tell their faults along with all others.

import { didYouMean } from '../core/near-names.ts';
import { valueAt } from './document.ts';
import { type Fault, shown } from './faults.ts';
import type { Variable, WrittenSettings } from './resolution.ts';
import { CONFIG_VARIABLE, NOTED_VARIABLES, SETTINGS, type Settings } from './settings.ts';

export interface Written {
  readonly settings: WrittenSettings;
  /** Of the YAML file, as it stands there. */
  readonly content: unknown;
  readonly fileName: string;
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

/** With `routes`, where a route will do as well. */
export type WhyNoModel = (name: string, routes?: readonly string[]) => string | null;

export function modelFaults(written: Written, whyNoModel: WhyNoModel): readonly Fault[] {
  const routes = membersOf(valueAt(written.content, ['routes'])).map(([name]) => name);
  return [
    ...nameFaults(modelPlaces(written), (name) => whyNoModel(name)),
    ...nameFaults(allowedPlaces(written), (name) => whyNoModel(name, routes)),
  ];
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

function modelPlaces({ settings, content, fileName }: Written): readonly Place[] {
  const model = settings.get('groqModel');
  const places: Place[] = [{ where: model?.name ?? '', value: model?.value }];
  for (const [route, row] of membersOf(valueAt(content, ['routes']))) {
    for (const [index, value] of membersOf(valueAt(row, ['targets']))) {
      const where = `${fileName}: routes.${route}.targets[${index}]`;
      places.push(
        typeof value === 'string' ? { where, value } : { where: `${where}.model`, value: valueAt(value, ['model']) },
      );
    }
  }
  for (const [index, row] of membersOf(valueAt(content, ['prices']))) {
    places.push({ where: `${fileName}: prices[${index}].model`, value: valueAt(row, ['model']) });
  }
  return places;
}

/** One port, one listener; 0 is a free one each time. */
export function portFaults({ settings }: Written): readonly Fault[] {
  const [port, metricsPort] = [settings.get('port')?.value, settings.get('metricsPort')?.value];
  if (metricsPort === null || metricsPort === undefined) return [];
  if (Number(metricsPort) === 0 || Number(metricsPort) !== Number(port)) return [];
  const write = 'write another port than PORT, where the requests are answered; or leave it out for /metrics there';
  return [{ where: 'METRICS_PORT', found: shown(metricsPort), write }];
}

/** Without a key the offline provider answers; but not where that would pass for the real thing. */
export function keyFaults(
  { settings }: Written,
  keyProblem: (key: string, baseUrl: string) => string | null,
): readonly Fault[] {
  const malformed = keyFormFaults(settings, keyProblem);
  if (malformed.length > 0) return malformed;
  const [key, primary, nodeEnv] = [
    settings.get('groqApiKey'),
    settings.get('primaryProvider'),
    settings.get('nodeEnv'),
  ];
  const isChosen = primary?.origin !== 'default';
  if (key?.value !== null || (isChosen && primary?.value === 'offline')) return [];
  if (!isChosen && nodeEnv?.value !== 'production') return [];
  const why = isChosen ? 'LLM_PRIMARY_PROVIDER is groq' : 'NODE_ENV is production';
  const write = `set it to your key from console.groq.com, because ${why}; or set LLM_PRIMARY_PROVIDER=offline for answers without a vendor`;
  return [{ where: 'GROQ_API_KEY', found: null, write }];
}

function keyFormFaults(
  settings: WrittenSettings,
  keyProblem: (key: string, baseUrl: string) => string | null,
): readonly Fault[] {
  const key = settings.get('groqApiKey')?.value;
  if (typeof key !== 'string') return [];
  const problem = keyProblem(key, String(settings.get('groqBaseUrl')?.value));
  return problem === null ? [] : [{ where: 'GROQ_API_KEY', found: null, write: problem }];
}

/** What is no fault, and what an operator would wonder about. */
export function notesOn(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  variable: Variable,
): readonly string[] {
  const notes: string[] = [];
  if (settings.groqApiKey === null)
    notes.push('GROQ_API_KEY is not set: the offline provider answers, without a vendor');
  if (settings.fallbackProvider === 'openai') {
    const missing = variable('OPENAI_API_KEY') === null ? 'OPENAI_API_KEY is not set, and ' : '';
    notes.push(`The fallback (LLM_FALLBACK_PROVIDER=openai) is off: ${missing}this version does not speak to OpenAI`);
  }
  if (settings.redisUrl !== null && settings.databaseUrl === null)
    notes.push(
      'REDIS_URL is set and DATABASE_URL is not: the ledger is this instance\u2019s own, so run one instance only',
    );
  if (settings.redisUrl === null && settings.databaseUrl !== null)
    notes.push(
      'DATABASE_URL is set and REDIS_URL is not: limits are counted in this process, so run one instance only',
    );
  for (const name of NOTED_VARIABLES.filter((noted) => variable(noted) !== null)) {
    notes.push(`${name} is set and not used: this version speaks to Groq alone`);
  }
  const known = Object.values(SETTINGS).flatMap((source) => (source.variable === null ? [] : [source.variable]));
  for (const name of Object.keys(env)) {
    if (!/^(LLM|GROQ)_/.test(name) || known.includes(name) || name === CONFIG_VARIABLE) continue;
    const meant = didYouMean(name, known);
    if (meant !== '') notes.push(`${name} is set and is no variable of this program.${meant}`);
  }
  return notes;
}

function membersOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
