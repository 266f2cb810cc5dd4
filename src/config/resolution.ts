// Which of the places where a setting may stand has it: an option in code, the environment, the file, the default. Each value
// remembers the place, so that `doctor` can tell it.

import { valueAt } from './document.ts';
import { type Fault, OF_A_VARIABLE, shown } from './faults.ts';
import { isHidden, pathText } from './paths.ts';
import { SETTINGS, type SettingName, type Settings, settingsSchema, VENDOR_IDS, VENDOR_SETTINGS } from './settings.ts';
import type { YamlFile } from './yaml-file.ts';

type Origin = 'default' | 'environment' | 'file' | 'option';

interface Written {
  readonly value: unknown;
  readonly origin: Origin;
  /** What the operator calls it there. */
  readonly name: string;
}

export type WrittenSettings = ReadonlyMap<SettingName, Written>;
/** In the units and under the names of the environment; text is read as a variable's would be. */
export type Overrides = { readonly [Name in SettingName]?: string | number | undefined };
/** An empty variable is one that isn't set. */
export type Variable = (name: string) => string | null;

const SETTING_NAMES = settingsSchema.keyof().options;

export function writtenSettings(
  overrides: Overrides,
  variable: Variable,
  file: YamlFile,
  fileName: string,
): WrittenSettings {
  return new Map(
    SETTING_NAMES.map((setting): [SettingName, Written] => {
      const source = SETTINGS[setting];
      const name = source.variable ?? source.key ?? setting;
      const option = overrides[setting];
      if (option !== undefined) return [setting, { value: option, origin: 'option', name: setting }];
      const inEnvironment = source.variable === null ? null : variable(source.variable);
      if (inEnvironment !== null) return [setting, { value: inEnvironment, origin: 'environment', name }];
      const inFile = source.key === null ? undefined : valueAt(file.content, source.key.split('.'));
      if (inFile !== undefined) return [setting, { value: inFile, origin: 'file', name: `${fileName}: ${source.key}` }];
      return [setting, { value: source.default, origin: 'default', name }];
    }),
  );
}

const SECRETS: ReadonlySet<string> = new Set<SettingName>([
  'adminKey',
  ...VENDOR_IDS.map((id) => VENDOR_SETTINGS[id].apiKey),
  'keyPepper',
  'redisUrl',
  'databaseUrl',
]);

export function readSettings(
  written: WrittenSettings,
  referring: ReadonlySet<string>,
): { readonly settings: Settings | null; readonly faults: readonly Fault[] } {
  const checked = settingsSchema.safeParse(
    Object.fromEntries(Array.from(written, ([setting, { value }]) => [setting, value])),
  );
  if (checked.success) return { settings: checked.data, faults: [] };
  const faults = checked.error.issues.flatMap((issue): Fault[] => {
    const setting = SETTING_NAMES.find((name) => name === issue.path[0]);
    const place = setting && written.get(setting);
    if (setting === undefined || place === undefined) return [];
    const isFromVariable = place.origin === 'file' && referring.has(SETTINGS[setting].key ?? '');
    const found = isFromVariable
      ? OF_A_VARIABLE
      : SECRETS.has(setting)
        ? kindOf(setting, place.value)
        : shown(place.value);
    return [{ where: place.name, found, write: issue.message }];
  });
  return { settings: null, faults };
}

/** Of where a store is: the scheme, and no more; of a key nothing at all, whatever it looks like. */
function kindOf(setting: SettingName, value: unknown): string | null {
  if (setting !== 'databaseUrl' && setting !== 'redisUrl') return null;
  const [, scheme] = /^([a-z][a-z0-9+.-]{1,15}):\/\//.exec(String(value)) ?? [];
  return scheme === undefined ? 'what is no URL' : `a URL with ${scheme}://`;
}

/** By the name an operator knows it by; secrets are shown as `[secret]`. */
export type Origins = ReadonlyMap<string, { readonly value: string; readonly origin: Origin }>;

export function originsOf(settings: Settings, written: WrittenSettings, content: unknown): Origins {
  const origins = new Map<string, { value: string; origin: Origin }>();
  const settingKeys = new Set(Object.values(SETTINGS).map(({ key }) => key));
  for (const [setting, { origin }] of written) {
    const { variable, key } = SETTINGS[setting];
    origins.set(variable ?? key ?? setting, { value: String(settings[setting] ?? 'not set'), origin });
  }
  for (const [path, value] of leavesOf(content, [])) {
    const name = pathText(path);
    if (!settingKeys.has(name)) origins.set(name, { value: isHidden(path) ? '[secret]' : value, origin: 'file' });
  }
  return origins;
}

function* leavesOf(
  value: unknown,
  path: readonly (string | number)[],
): Generator<readonly [path: readonly (string | number)[], value: string]> {
  if (typeof value !== 'object' || value === null) {
    yield [path, String(value)];
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    yield* leavesOf(member, [...path, Array.isArray(value) ? Number(name) : name]);
  }
}
