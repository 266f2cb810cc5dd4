// API keys in SQLite: the contract on a file and in memory, and what only a file has.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { StoredKey } from '../../../src/core/identity.ts';
import { openSqliteKeys } from '../../../src/stores/sqlite/keys.ts';
import { openSqliteLedger } from '../../../src/stores/sqlite/ledger.ts';
import { settledRow } from '../../contract/ledger-rows.ts';
import { testKeyStore } from '../../contract/stores.ts';

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `ledger-${files++}.sqlite`);

testKeyStore('in a file', async () => openSqliteKeys(newFile()));
testKeyStore('in memory', async () => openSqliteKeys(':memory:'));

const KEY: StoredKey = {
  id: 'key_1',
  tenant: 'acme',
  userId: null,
  role: 'server',
  tier: null,
  allowedModels: null,
  createdAtMs: 1,
  expiresAtMs: null,
  revokedAtMs: null,
};

describe('the keys in a file', () => {
  it('are there when it is closed and opened again', async () => {
    const file = newFile();
    const first = openSqliteKeys(file);
    await first.create(KEY, 'a'.repeat(64));
    await first.close();
    const second = openSqliteKeys(file);
    expect(await second.byHash('a'.repeat(64))).toEqual(KEY);
    await second.close();
  });

  it('share it with the ledger: both write, in turn and at once', async () => {
    const file = newFile();
    const ledger = openSqliteLedger(file, systemClock);
    const keys = openSqliteKeys(file);
    await Promise.all(
      Array.from({ length: 50 }, (_, number) => [
        ledger.write([settledRow(number)]),
        keys.create({ ...KEY, id: `key_${number}` }, `${number}`),
      ]).flat(),
    );
    expect((await ledger.rows({ limit: 100 })).rows).toHaveLength(50);
    expect((await keys.list({})).keys).toHaveLength(50);
    await Promise.all([ledger.close(), keys.close()]);
  });
});
