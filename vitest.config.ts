import { defineConfig } from 'vitest/config';

const minuteMs = 60_000;

// oxlint-disable-next-line import/no-default-export -- Vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'wire', include: ['test/wire/**/*.test.ts'] } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'scripts/integration-set-up.mjs',
          pool: 'forks',
          // One file after another: each starts engines, and an engine wants the machine for itself.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 3 * minuteMs,
          hookTimeout: 5 * minuteMs,
        },
      },
    ],
  },
});
