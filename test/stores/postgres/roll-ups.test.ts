// Roll-ups in PostgreSQL while others write: no row is missed by one who did not see it yet, no writer waits, and one who died at it
// leaves nothing that is wrong.

import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { batchOf, UPSERT } from '../../../src/stores/postgres/rows.ts';
import { settledRow } from '../../contract/ledger-rows.ts';
import { HOUR_MS, NOON_MS } from '../../contract/windows-at-hand.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../../servers/postgres.ts';
import { PATIENT, type PostgresAtHand, postgresAtHand } from './at-hand.ts';

const END_MS = NOON_MS + HOUR_MS;

describeWithPostgres('roll-ups in PostgreSQL', () => {
  let server: AnyPostgres;
  let url: string;
  let at: PostgresAtHand;
  let other: PostgresAtHand;
  beforeAll(async () => {
    server = await usePostgres();
  });
  beforeEach(async () => {
    url = await server.emptyDatabase();
    [at, other] = [
      await postgresAtHand(url, { deadlines: PATIENT }),
      await postgresAtHand(url, { deadlines: PATIENT }),
    ];
    await at.ledger.write([settledRow(1)]);
  });
  afterEach(async () => {
    await at.postgres.close();
    await other.postgres.close();
  });
  afterAll(() => server.stop());

  const attempts = async () => (await other.ledger.usage({}, null)).totals.attempts;

  async function bystander(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('BEGIN');
    return client;
  }

  it('leave an hour alone to which somebody is writing, and take it when that is committed', async () => {
    const writer = await bystander();
    await writer.query(UPSERT, [batchOf([settledRow(2)])]);
    expect(await at.ledger.rollUp(END_MS)).toBe(0);
    expect(await attempts()).toBe(1);
    await writer.query('COMMIT');
    await writer.end();
    expect(await attempts()).toBe(2);
    expect(await at.ledger.rollUp(END_MS)).toBe(1);
    expect(await attempts()).toBe(2);
  });

  it('make no writer wait, and what is written meanwhile is neither missed nor hidden', async () => {
    const brake = await bystander();
    // The one who adds up waits behind this, having begun.
    await brake.query('LOCK TABLE usage_hourly IN SHARE MODE');
    const rolling = at.ledger.rollUp(END_MS);
    const begun = 'SELECT 1 FROM unrolled_hours WHERE rolling_by > 0';
    while ((await server.query(url, begun)).length === 0);
    await other.ledger.write([settledRow(2), settledRow(3)]);
    await brake.query('COMMIT');
    await brake.end();
    expect(await rolling).toBe(1);
    expect(await attempts()).toBe(3);
    expect(await at.ledger.rollUp(END_MS)).toBe(1);
    expect(await at.ledger.rollUp(END_MS)).toBe(0);
    expect(await attempts()).toBe(3);
  });

  it('are made by one at a time; the others are told that there is nothing to do', async () => {
    const brake = await bystander();
    await brake.query('LOCK TABLE usage_hourly IN SHARE MODE');
    const rolling = at.ledger.rollUp(END_MS);
    while ((await server.query(url, 'SELECT 1 FROM pg_locks WHERE NOT granted')).length === 0);
    expect(await other.ledger.rollUp(END_MS)).toBe(0);
    expect(await at.ledger.rollUp(END_MS)).toBe(0);
    await brake.query('COMMIT');
    await brake.end();
    expect(await rolling).toBe(1);
  });

  it('are taken over from one who died at it: until then the rows are read', async () => {
    await server.query(url, 'UPDATE unrolled_hours SET rolling_by = 7');
    await server.query(
      url,
      `INSERT INTO usage_hourly VALUES ('tenant', '', 'acme', '', ${NOON_MS}, '', 9, 9, 9, 9, 9, 9, 9, 9, 9)`,
    );
    expect(await attempts()).toBe(1);
    expect(await at.ledger.rollUp(END_MS)).toBe(1);
    expect(await attempts()).toBe(1);
    expect(await server.query(url, 'SELECT * FROM unrolled_hours')).toEqual([]);
  });

  it('come out right while many write to hours that are over and two roll them up', async () => {
    const hours = 3;
    const write = async (writer: number) => {
      for (let number = 0; number < 40; number++) {
        const heldAtMs = NOON_MS - ((number % hours) + 1) * HOUR_MS + number;
        await (writer % 2 === 0 ? at : other).ledger.write([settledRow(`${writer}-${number}`, { heldAtMs })]);
      }
    };
    let isWriting = true;
    const roll = async ({ ledger }: PostgresAtHand) => {
      while (isWriting) await ledger.rollUp(NOON_MS);
    };
    const rolling = [roll(at), roll(other)];
    await Promise.all([0, 1, 2].map(write));
    isWriting = false;
    await Promise.all(rolling);
    while ((await at.ledger.rollUp(NOON_MS)) > 0);
    expect(await server.query(url, `SELECT * FROM unrolled_hours WHERE hour_ms < ${NOON_MS}`)).toEqual([]);
    expect((await at.ledger.usage({ toMs: NOON_MS }, null)).totals).toMatchObject({
      attempts: 120,
      costPicoUsd: 120n * 27_000_000n,
    });
  });
});
