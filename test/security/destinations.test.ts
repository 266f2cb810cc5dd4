// S03, S05: what leaves this machine goes to the servers of the configuration and to nobody else, whatever a caller writes, and each key to
// its own server alone, also when the configuration is read again in the middle of a request.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DIALECTS, readReply } from '../faults/dialects.ts';
import { FAMILIES, type FamilyId } from '../faults/families.ts';
import { type FamilyGateway, keyOf, startFamilies } from '../faults/family-gateway.ts';
import { eventually } from '../faults/gateways.ts';
import { says, silence, startVendor, status, type VendorServer } from '../faults/vendor-server.ts';

/** What undici tells of every request at its dispatcher, ours and those of this test. */
const dispatched = z.object({ request: z.object({ origin: z.union([z.string(), z.instanceof(URL)]) }) });
const origins = new Set<string>();
const note = (message: unknown) =>
  void origins.add(String(dispatched.parse(message).request.origin).replace(/\/$/, ''));

let running: FamilyGateway;
let foreign: VendorServer;
beforeAll(async () => {
  subscribe('undici:request:create', note);
  running = await startFamilies();
  foreign = await startVendor(status(200));
});
afterAll(async () => {
  unsubscribe('undici:request:create', note);
  await running.close();
  await foreign.close();
});

const FIELDS = (url: string) => [
  ...['api_base', 'base_url', 'custom_host', 'azure_endpoint', 'proxy', 'api_key', 'endpoint', 'url', 'host'].map(
    (name) => ({ [name]: url }),
  ),
  { extra_headers: { host: url } },
  { headers: { authorization: 'Bearer x' } },
  { extra_body: { base_url: url } },
  { provider_options: { openai: { base_url: url } } },
  { model: `openai/../../${url}` },
  { model: `${url}/v1` },
  { model: 'local/../../../x?y#z' },
  { model: 'local/@foreign.example' },
];
const HEADERS = (url: string) =>
  [
    'api-base',
    'base-url',
    'custom-host',
    'x-api-base',
    'x-base-url',
    'x-custom-host',
    'x-portkey-custom-host',
    'x-forwarded-host',
    'forwarded',
    'location',
    'proxy',
  ].map((name) => ({ [name]: url }));

const configured = () => [...Object.values(running.vendors), running.well].map(({ url }) => url);
const secrets = (vendor: VendorServer) =>
  JSON.stringify(vendor.heard.map(({ headers, path, body }) => [headers, path, body]));

describe('whatever a caller writes', () => {
  it.each(
    DIALECTS.flatMap((dialect) =>
      (dialect.id === 'native' ? FAMILIES : FAMILIES.slice(0, 2)).map(
        (family) => [dialect.id, family.id, dialect, family] as const,
      ),
    ),
  )(
    'S03: in the dialect %s, a vendor of the family %s is asked where the configuration says, or nobody is',
    async (_dialect, _family, dialect, family) => {
      origins.clear();
      for (const [more, headers] of [
        ...FIELDS(foreign.url).map((field) => [field, {}] as const),
        ...HEADERS(foreign.url).map((header) => [{}, header] as const),
      ]) {
        const reply = await running.post(
          dialect.path,
          { ...dialect.body(family.model, false), ...more },
          { 'cache-control': 'no-store', ...headers },
        );
        expect([200, 400, 404]).toContain(reply.status);
        await reply.text();
      }
      expect(foreign.heard).toEqual([]);
      const allowed = new Set([...configured(), running.url]);
      expect([...origins].filter((origin) => !allowed.has(origin))).toEqual([]);
      expect(origins.size).toBeGreaterThan(1);
    },
  );

  it('S03: each key has reached its own server and no other', () => {
    const servers: readonly (readonly [FamilyId | 'well', VendorServer])[] = [
      ...FAMILIES.map(({ id }) => [id, running.vendors[id]] as const),
      ['well', running.well],
    ];
    for (const [id, vendor] of servers) {
      const heard = secrets(vendor);
      if (id !== 'well') expect(heard).toContain(keyOf(id));
      for (const [other] of servers) if (other !== id) expect(heard).not.toContain(keyOf(other));
    }
  });
});

describe('a configuration that is read again', () => {
  it('S05: sends no key to the address of another: what is under way ends where it began, what comes after has the new key', async () => {
    const [native] = DIALECTS;
    const local = FAMILIES.find(({ id }) => id === 'compatible');
    if (native === undefined || local === undefined) throw new Error('No family');
    const gateway = await startFamilies({ yaml: 'retry: { base_ms: 0, max_retries: 3 }\n' });
    const moved = await startVendor(says(local, { text: 'moved' }));
    const old = gateway.vendors.compatible;
    old.does(silence);
    const before = gateway.post(native.path, native.body(local.model, false), { 'cache-control': 'no-store' });
    await eventually(() => old.heard.length === 1, 'the old one is asked');
    const written = readFileSync(gateway.file, 'utf8');
    writeFileSync(gateway.file, written.replace(old.url, moved.url).replace(keyOf('compatible'), 'canary_new_key'));
    await gateway.service.reload();
    // It fails, and is tried again, after the change.
    old.does(says(local, { text: 'of the old one' }));
    old.heard[0]?.reply.writeHead(503).end();
    expect((await readReply(await before, native)).text).toBe('of the old one');
    expect(
      (
        await readReply(
          await gateway.post(native.path, native.body(local.model, false), { 'cache-control': 'no-store' }),
          native,
        )
      ).text,
    ).toBe('moved');
    expect([secrets(old).includes('canary_new_key'), secrets(moved).includes(keyOf('compatible'))]).toEqual([
      false,
      false,
    ]);
    expect([secrets(old).includes(keyOf('compatible')), secrets(moved).includes('canary_new_key')]).toEqual([
      true,
      true,
    ]);
    await gateway.close();
    await moved.close();
  });
});
