#!/usr/bin/env node
// The one plain-JavaScript file: it runs on whatever Node is there, says clearly when that is too old, and starts the CLI.
// (npm continues silently when the platform package that brings Node 24 couldn't be fetched; nobody else would tell.)

import { existsSync } from 'node:fs';

const NEEDED_MAJOR = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < NEEDED_MAJOR) {
  process.stderr.write(
    `codementor-llm needs Node ${NEEDED_MAJOR}; this is ${process.versions.node}.\n` +
      `Start it with \`npm start\` or \`npx codementor-llm ...\` inside the clone: \`npm ci\` has put Node ${NEEDED_MAJOR} there.\n` +
      `If it did not (${process.platform}-${process.arch} has no platform package, or it could not be fetched), install Node ${NEEDED_MAJOR}.\n`,
  );
  process.exitCode = 1;
} else {
  // What the environment says already stands.
  if (existsSync('.env')) process.loadEnvFile('.env');
  const { main } = await import('./src/cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
