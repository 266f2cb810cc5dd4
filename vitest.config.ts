// Two sets of tests: `npm test` runs everything but the long runs; `npm run test:long` runs those alone, with more of what is drawn by chance.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // One less than there are cores would be a single one on a small machine, and most tests wait for servers and not for a core.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'main', include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'long',
          include: [
            'test/**/*.long.ts',
            'test/properties/*.test.ts',
            'test/gateway/fuzz.test.ts',
            'test/gateway/generations.test.ts',
            'test/gateway/not-reading.test.ts',
            'test/gateway/two-gateways.test.ts',
            // Properties that stand beside the other tests of what they are about.
            'test/ledger/seeding.test.ts',
            'test/identity/keys.test.ts',
            'test/prompts/marks.test.ts',
            'test/prompts/rendering.test.ts',
            'test/identity/json-web-tokens.test.ts',
            'test/security/access.test.ts',
          ],
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
