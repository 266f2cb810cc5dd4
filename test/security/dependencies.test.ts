// S41 and S43: what is installed is pinned, checked by hash, small in number, runs no script of its own at install, and is no
// version known to be broken. Read from package.json and the lock file, so it holds for what `npm ci` will put there.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const versions = z.record(z.string(), z.string()).default({});
const packageSchema = z.object({ dependencies: versions, devDependencies: versions, optionalDependencies: versions });
const lockSchema = z.object({
  lockfileVersion: z.number(),
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      hasInstallScript: z.boolean().default(false),
    }),
  ),
});

const read = (file: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8'));
const ours = packageSchema.parse(read('package.json'));
const { '': _root, ...locked } = lockSchema.parse(read('package-lock.json')).packages;
const installed = Object.entries(locked).map(([path, entry]) => ({
  ...entry,
  name: path.replace(/^.*node_modules\//, ''),
}));

/** Packages whose install scripts we have read, and do without: everything we use comes ready to run. protobufjs's prints a warning. */
const READ_AND_NOT_RUN: readonly string[] = ['protobufjs'];

/** Below these the package has a published hole; `null`: no version is fit to use. They bind whoever brings the package in. */
const AT_LEAST: Readonly<Record<string, string | null>> = {
  'express-rate-limit': '8.3.0',
  'fast-jwt': null,
  fastify: '5.8.5',
  handlebars: '4.7.9',
  hono: '4.12.4',
  'path-to-regexp': '8.4.0',
  undici: '7.24.0',
};

/** Versions that were published by thieves. */
const POISONED: readonly string[] = [
  'axios@0.30.4',
  'axios@1.14.1',
  'litellm@1.82.7',
  'litellm@1.82.8',
  'plain-crypto-js@4.2.1',
];

function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}

describe('what we depend on', () => {
  it('is at most thirty packages at run time', () => {
    expect(Object.keys(ours.dependencies).length).toBeLessThanOrEqual(30);
  });

  it('is pinned to exact versions', () => {
    const all = Object.entries({ ...ours.dependencies, ...ours.devDependencies, ...ours.optionalDependencies });
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('is locked by hash, from the registry alone', () => {
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(({ integrity }) => integrity?.startsWith('sha512-') !== true)).toEqual([]);
    expect(
      installed.filter(({ resolved }) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
    ).toEqual([]);
  });

  it('runs no script when it is installed', () => {
    expect(readFileSync(fileURLToPath(new URL('../../.npmrc', import.meta.url)), 'utf8')).toMatch(
      /^ignore-scripts=true$/m,
    );
    const scripted = installed.filter(
      ({ hasInstallScript, name }) => hasInstallScript && !READ_AND_NOT_RUN.includes(name),
    );
    expect(scripted.map(({ name }) => name)).toEqual([]);
  });

  it('is no version with a known hole', () => {
    const holed = installed.filter(({ name, version = '' }) => {
      const least = AT_LEAST[name];
      return least !== undefined && (least === null || !isAtLeast(version, least));
    });
    expect(holed.map(({ name, version }) => `${name}@${version}`)).toEqual([]);
    expect(
      installed.map(({ name, version }) => `${name}@${version}`).filter((name) => POISONED.includes(name)),
    ).toEqual([]);
  });

  it('compares versions by number, not by letter', () => {
    expect(isAtLeast('5.12.8', '5.8.5')).toBe(true);
    expect(isAtLeast('7.3.0', '7.24.0')).toBe(false);
  });
});
