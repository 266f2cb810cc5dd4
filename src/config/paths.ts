// Where a value stands in the YAML file: how that is written, and where what stands there is shown to nobody.

export type Path = readonly PropertyKey[];

export function pathText(path: Path): string {
  return path
    .map((name) => (typeof name === 'number' ? `[${name}]` : `.${String(name)}`))
    .join('')
    .replace(/^\./, '');
}

/** Of a provider, what may be told of it; all else may be a key, or be taken for one by whoever wrote it. */
const TOLD = new Set<PropertyKey>([
  'type',
  'preset',
  'base_url',
  'api',
  'lacks',
  'leaves_out',
  'max_tokens_field',
  'reasoning_field',
  'api_version',
  'model',
  'models',
]);

export function isHidden([section, , key]: Path): boolean {
  return section === 'providers' && (key === undefined || !TOLD.has(key));
}
