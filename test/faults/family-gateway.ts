// A gateway with a vendor of each family behind it, each on a server of its own with a key of its own, and one of whom nothing is wrong.
// For each family there is a route that goes from it to the one who is well.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, type StartOptions, startGateway } from '../gateway/start.ts';
import { FAMILIES, type Family, type FamilyId } from './families.ts';
import { says, startVendor, type VendorServer } from './vendor-server.ts';

const WELL = 'well/tiny';
export const OF_THE_WELL = 'of the one who is well';
export const keyOf = (id: FamilyId | 'well') => `canary_key_of_${id}`;
export const routeTo = ({ id }: Family) => `${id}-or-well`;

export interface FamilyGateway extends RunningGateway {
  readonly vendors: Readonly<Record<FamilyId, VendorServer>>;
  readonly well: VendorServer;
  /** The file of its configuration. */
  readonly file: string;
}

export interface FamilyGatewayOptions extends StartOptions {
  readonly yaml?: string;
  /** In the place of a family's own server. */
  readonly urls?: Partial<Record<FamilyId, string>>;
}

/** Nobody is left alone and nothing is asked twice, unless the story is about that. */
const IMPATIENT = 'retry: { max_retries: 0 }\nbreaker: { failures: 1000, open_ms: 1 }\n';

export async function startFamilies(options: FamilyGatewayOptions = {}): Promise<FamilyGateway> {
  const { yaml = IMPATIENT, urls = {} } = options;
  const vendors = await vendorsOf(FAMILIES);
  const [good] = FAMILIES.filter(({ id }) => id === 'compatible');
  if (good === undefined) throw new Error('The list of families has a hole');
  const well = await startVendor(says(good, { text: OF_THE_WELL }));
  const urlOf = (id: FamilyId) => urls[id] ?? vendors[id].url;
  const cwd = mkdtempSync(join(tmpdir(), 'codementor-families-'));
  const file = join(cwd, 'codementor-llm.yaml');
  const server = (url: string, key: string, more = '') =>
    `{ type: compatible, base_url: "${url}", api_key: ${key}${more}, models: [{ name: tiny, context_window: 131072, max_output_tokens: 16384 }] }`;
  writeFileSync(
    file,
    `${yaml}
providers:
  openai: { api: chat }
  answers: ${server(urlOf('responses'), keyOf('responses'), ', api: responses')}
  local: ${server(urlOf('compatible'), keyOf('compatible'))}
  well: ${server(well.url, keyOf('well'))}
prices: [${['answers/tiny', 'local/tiny', WELL].map((model) => `{ model: ${model}, input: "1", output: "2", source: story }`).join(', ')}]
routes:
${FAMILIES.map((family) => `  ${routeTo(family)}: { targets: [${family.model}, ${WELL}] }`).join('\n')}
  all: { targets: [${FAMILIES.map(({ model }) => model).join(', ')}] }
`,
  );
  const env = {
    GROQ_API_KEY: keyOf('groq'),
    GROQ_BASE_URL: urlOf('groq'),
    OPENAI_API_KEY: keyOf('openai'),
    OPENAI_BASE_URL: urlOf('openai'),
    ANTHROPIC_API_KEY: keyOf('anthropic'),
    ANTHROPIC_BASE_URL: urlOf('anthropic'),
    GEMINI_API_KEY: keyOf('gemini'),
    GEMINI_BASE_URL: urlOf('gemini'),
    ...options.env,
  };
  const running = await startGateway({ ...options, env, cwd });
  return {
    ...running,
    vendors,
    well,
    file,
    async close() {
      await running.close();
      await Promise.all([...Object.values(vendors), well].map((vendor) => vendor.close()));
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}

async function vendorsOf(families: readonly Family[]): Promise<Record<FamilyId, VendorServer>> {
  const start = (id: FamilyId) => {
    const family = families.find((each) => each.id === id);
    if (family === undefined) throw new Error(`There is no family ${id}`);
    return startVendor(says(family, { text: `of ${id}` }));
  };
  return {
    groq: await start('groq'),
    openai: await start('openai'),
    responses: await start('responses'),
    anthropic: await start('anthropic'),
    gemini: await start('gemini'),
    compatible: await start('compatible'),
  };
}
