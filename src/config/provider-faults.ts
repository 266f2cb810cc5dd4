// What is wrong with the providers of a configuration: keys that are missing or no keys, names that lead to nobody, servers that
// cannot be asked as they are described.

import { didYouMean } from '../core/near-names.ts';
import { isVendorId, type ServerSettings, VENDORS, type VendorId } from '../core/provider-settings.ts';
import { membersOf, type Written } from './cross-checks.ts';
import { valueAt } from './document.ts';
import { type Fault, shown } from './faults.ts';
import { secret } from './leaves.ts';
import { legibleServer, moreKeysIn, serversIn } from './providers.ts';
import type { WrittenSettings } from './resolution.ts';
import { SETTINGS, VENDOR_IDS, VENDOR_SETTINGS, variableOf } from './settings.ts';

/** What is wrong with the form of a key; null when nothing is. Given by who knows the vendors; it never repeats the key. */
export type KeyProblem = (vendor: VendorId, key: string, baseUrl: string) => string | null;

/** What keeps a server from being asked as it is described. Given by who knows the dialects. */
export type ServerFaults = (server: ServerSettings) => readonly {
  /** As the file calls it; null: all of it together. */
  readonly setting: string | null;
  readonly found: string | null;
  readonly write: string;
}[];

export function keyFormFaults({ settings, content, fileName }: Written, keyProblem: KeyProblem): readonly Fault[] {
  return VENDOR_IDS.flatMap((id) => {
    const [key, baseUrl] = [settings.get(VENDOR_SETTINGS[id].apiKey), settings.get(VENDOR_SETTINGS[id].baseUrl)];
    const others = moreKeysIn(content, id).flatMap((other, index): readonly Fault[] => {
      const problem = keyProblem(id, other.reveal(), String(baseUrl?.value));
      const where = `${fileName}: providers.${id}.more_api_keys[${index}]`;
      return problem === null ? [] : [{ where, found: null, write: problem }];
    });
    // What fits into no header is told where the value is read.
    if (typeof key?.value !== 'string' || !secret(1).safeParse(key.value).success) return others;
    const problem = keyProblem(id, key.value, String(baseUrl?.value));
    return problem === null ? others : [{ where: key.name, found: null, write: problem }, ...others];
  });
}

/** Names that may stand in LLM_PRIMARY_PROVIDER and LLM_FALLBACK_PROVIDER, and keys and models that they then need. */
export function standingFaults(written: Written): readonly Fault[] {
  return [
    ...nameFaults(written, 'primaryProvider', 'offline'),
    ...nameFaults(written, 'fallbackProvider', 'none'),
    ...missingFaults(written),
  ];
}

function nameFaults(
  { settings, content, own }: Written,
  setting: 'primaryProvider' | 'fallbackProvider',
  other: string,
): readonly Fault[] {
  const [place, standard] = [settings.get(setting), SETTINGS[setting].default];
  const value = place?.value ?? standard;
  const names = [...VENDOR_IDS, ...serverIds(content), ...own.map(({ id }) => id), other];
  if (place === undefined || names.some((name) => name === value)) return [];
  const write = `write one of ${[...VENDOR_IDS, other].join(', ')}, or the name of a provider under \`providers\`.${didYouMean(String(value), names)}`;
  return [{ where: place.name, found: shown(value), write }];
}

/** Without a key the offline provider answers; but not where that would pass for the real thing. */
function missingFaults({ settings, content, fileName, own }: Written): readonly Fault[] {
  const [primary, nodeEnv] = [settings.get('primaryProvider'), settings.get('nodeEnv')];
  const isChosen = primary?.origin !== 'default';
  const wished = String(primary?.value);
  if (!isChosen) {
    const isThere =
      own.length > 0 ||
      VENDOR_IDS.some((id) => hasKey(settings, id)) ||
      serversIn(content).some(({ model }) => model !== null);
    return isThere || nodeEnv?.value !== 'production' ? [] : [missingKey('groq', 'NODE_ENV is production')];
  }
  if (isVendorId(wished))
    return hasKey(settings, wished) ? [] : [missingKey(wished, `LLM_PRIMARY_PROVIDER is ${wished}`)];
  if (serversIn(content).every(({ id, model }) => id !== wished || model !== null)) return [];
  const write = 'name the model that is asked when nobody names one, because LLM_PRIMARY_PROVIDER names this provider';
  return [{ where: `${fileName}: providers.${wished}.model`, found: null, write }];
}

function missingKey(id: VendorId, why: string): Fault {
  const { apiKey, page } = VENDOR_SETTINGS[id];
  const write = `set it to your key from ${page}, because ${why}; or set LLM_PRIMARY_PROVIDER=offline for answers without a vendor`;
  return { where: variableOf(apiKey), found: null, write };
}

function hasKey(settings: WrittenSettings, id: VendorId): boolean {
  return settings.get(VENDOR_SETTINGS[id].apiKey)?.value !== null;
}

/** Under a vendor's name stands what is to be said of it beside its variables; everything else is a server, and needs a type. */
export function entryFaults({ content, fileName }: Written, serverFaults: ServerFaults): readonly Fault[] {
  return membersOf(valueAt(content, ['providers'])).flatMap(([id, row]): readonly Fault[] => {
    const where = `${fileName}: providers.${id}`;
    if (isVendorId(id)) return vendorFaults(id, row, where);
    if (id === 'offline' || id === 'none')
      return [{ where, found: null, write: `call it otherwise: "${id}" means no vendor` }];
    if (typeof row !== 'object' || row === null) return [];
    if (valueAt(row, ['type']) === undefined) {
      return [{ where: `${where}.type`, found: null, write: `write compatible.${didYouMean(id, VENDOR_IDS)}` }];
    }
    const { server, unread } = legibleServer(id, row);
    // Whether it can be asked at all is known only of what could be read.
    const isKnown = ['preset', 'base_url', 'api_key'].every((name) => !unread.has(name));
    return serverFaults(server)
      .filter(({ setting }) => setting !== null || isKnown)
      .map(({ setting, found, write }) => ({
        where: setting === null ? where : `${where}.${setting}`,
        found: shown(found),
        write,
      }));
  });
}

/** A limit of an account that there is not would be no limit, without a word. */
export function accountFaults({ content, fileName, own }: Written): readonly Fault[] {
  const names = [...VENDOR_IDS, ...serverIds(content), ...own.map(({ id }) => id), 'offline'];
  return membersOf(valueAt(content, ['accounts'])).flatMap(([id]) =>
    names.includes(id)
      ? []
      : [{ where: `${fileName}: accounts.${id}`, found: null, write: `name a provider.${didYouMean(id, names)}` }],
  );
}

function vendorFaults(id: VendorId, row: unknown, where: string): readonly Fault[] {
  const { apiKey, baseUrl } = VENDOR_SETTINGS[id];
  const write = `leave it out: ${VENDORS[id]} is configured by ${variableOf(apiKey)} and ${variableOf(baseUrl)}${id === 'openai' ? ', and by `api` and `more_api_keys` here' : ', and by `more_api_keys` here'}`;
  return membersOf(row).flatMap(([key]) =>
    key === 'more_api_keys' || (id === 'openai' && key === 'api')
      ? []
      : [{ where: `${where}.${key}`, found: null, write }],
  );
}

function serverIds(content: unknown): readonly string[] {
  return membersOf(valueAt(content, ['providers'])).flatMap(([id]) => (isVendorId(id) ? [] : [id]));
}
