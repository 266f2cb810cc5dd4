// One process per data folder, held by the operating system: tried with real processes and real deaths.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { holderOf, openDataDir } from '../../src/stores/data-dir.ts';

const root = mkdtempSync(join(tmpdir(), 'data-dir-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, `data-${folders++}`);

/** Another process that holds the folder and listens at this address. */
async function holdElsewhere(folder: string, url: string): Promise<ChildProcess> {
  const holder = fileURLToPath(new URL('./hold-data-dir.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', holder, folder, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('the data folder', () => {
  it('is made with the right to read for its owner alone', () => {
    const folder = newFolder();
    const dataDir = openDataDir(join(folder, 'deeper'));
    expect(statSync(dataDir.path).mode & 0o777).toBe(0o700);
    expect(dataDir.file('ledger.sqlite')).toBe(join(folder, 'deeper', 'ledger.sqlite'));
    dataDir.close();
  });

  it('belongs to one holder at a time, also within one process', () => {
    const folder = newFolder();
    const first = openDataDir(folder);
    expect(() => openDataDir(folder)).toThrow(`The data folder ${folder} is in use by process ${process.pid}`);
    first.close();
    openDataDir(folder).close();
  });

  it('tells whoever finds it held which process to ask, and where', async () => {
    const folder = newFolder();
    const child = await holdElsewhere(folder, 'http://127.0.0.1:4000');
    try {
      expect(holderOf(folder)).toEqual({ pid: child.pid, url: 'http://127.0.0.1:4000' });
      expect(() => openDataDir(folder)).toThrow(`${folder} is in use by process ${child.pid} at http://127.0.0.1:4000`);
      expect(() => openDataDir(folder)).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('is free as soon as its holder is killed, whatever that has left behind', async () => {
    const folder = newFolder();
    const child = await holdElsewhere(folder, 'http://127.0.0.1:4000');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(folder, 'holder.json'))).toBe(true);
    expect(holderOf(folder)).toBeNull();
    const dataDir = openDataDir(folder);
    expect(holderOf(folder)).toEqual({ pid: process.pid, url: null });
    dataDir.setAddress('http://127.0.0.1:5000');
    expect(holderOf(folder)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:5000' });
    dataDir.close();
    dataDir.close();
    expect(holderOf(folder)).toBeNull();
  });

  it('is held by nobody before it exists', () => {
    expect(holderOf(newFolder())).toBeNull();
  });

  it('is held also where the holder has not said who it is', () => {
    const folder = newFolder();
    const dataDir = openDataDir(folder);
    writeFileSync(join(folder, 'holder.json'), '{"pid": ');
    expect(holderOf(folder)).toEqual({ pid: null, url: null });
    expect(() => openDataDir(folder)).toThrow('in use by another process');
    dataDir.close();
  });

  it('says which folder cannot be used, and why', () => {
    const file = newFolder();
    writeFileSync(file, '');
    expect(() => openDataDir(file)).toThrow(`The data folder ${file} cannot be used`);
  });
});
