// The server that the tests of PostgreSQL rest on: it must really freeze, die, and come back with its data.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from './postgres.ts';

describeWithOwnPostgres('a private PostgreSQL', () => {
  let server: PrivatePostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it('gives every caller a place of its own', async () => {
    const [first, second] = [await server.emptyDatabase(), await server.emptyDatabase()];
    await server.query(first, 'CREATE TABLE t (x int)');
    await server.query(second, 'CREATE TABLE t (x int)');
    await server.query(first, 'INSERT INTO t VALUES (1)');
    expect(await server.query(second, 'SELECT * FROM t')).toEqual([]);
  });

  it('answers nobody while it is frozen, and goes on when it is resumed', async () => {
    server.freeze();
    let answered = false;
    const answer = server.query(server.url, 'SELECT 1 AS one').then((rows) => {
      answered = true;
      return rows;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    server.resume();
    expect(await answer).toEqual([{ one: 1 }]);
  });

  it('keeps what was committed when it is killed', async () => {
    const url = await server.emptyDatabase();
    await server.query(url, 'CREATE TABLE t AS SELECT 1 AS x');
    await server.kill();
    await expect(server.query(url, 'SELECT * FROM t')).rejects.toThrow('ECONNREFUSED');
    await server.start();
    expect(await server.query(url, 'SELECT * FROM t')).toEqual([{ x: 1 }]);
  });
});
