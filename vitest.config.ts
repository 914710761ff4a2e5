import { defineConfig } from 'vitest/config';

const minuteMs = 60_000;
/** Secrets of tests that turn up in any output fail the run. */
const leakWatch = 'test/support/leak-watch.ts';

/** Vitest's own limit of 5 s is short on a busy machine. */
const alone = { globalSetup: leakWatch, testTimeout: 20_000 };

const setUp = [leakWatch, 'scripts/integration-set-up.mjs', 'test/support/class-archives.ts'];
const whole = { testTimeout: 3 * minuteMs, hookTimeout: 5 * minuteMs };

const withSpark = {
  globalSetup: setUp,
  pool: 'forks' as const,
  // One file after another: each starts engines, and an engine wants the machine for itself.
  fileParallelism: false,
  sequence: { groupOrder: 2 },
  ...whole,
};

/** Servers, stand-ins for those that can't be had, and the engine's own tests: no gateway with a real engine. Two files at a time. */
const withServers = {
  globalSetup: setUp,
  pool: 'forks' as const,
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
  ...whole,
};

// oxlint-disable-next-line import/no-default-export -- Vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...alone } },
      { test: { name: 'wire', include: ['test/wire/**/*.test.ts'], ...alone } },
      { test: { name: 'services', include: ['test/services/**/*.test.ts'], ...withServers } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...withSpark } },
      // Not in `npm test`: `npm run bench -- long` runs them.
      { test: { name: 'long', include: ['test/long/**/*.test.ts'], ...withSpark } },
    ],
  },
});
