import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

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
  sequence: { groupOrder: 3 },
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

/** Real clients, each file with a gateway and few engines of its own, that do more waiting than work. Two files at a time. */
const withClients = { ...withServers, sequence: { groupOrder: 2 } };
/** They stand beside the tests that want the machine for themselves. */
const ofClients = [
  'test/integration/clients/**/*.test.ts',
  'test/integration/values/**/*.test.ts',
  'test/integration/results/sizes.test.ts',
];

// oxlint-disable-next-line import/no-default-export -- Vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...alone } },
      { test: { name: 'wire', include: ['test/wire/**/*.test.ts'], ...alone } },
      { test: { name: 'services', include: ['test/services/**/*.test.ts'], ...withServers } },
      { test: { name: 'clients', include: ofClients, ...withClients } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: ofClients,
          ...withSpark,
        },
      },
      // Not in `npm test`: `npm run bench -- long` runs them.
      { test: { name: 'long', include: ['test/long/**/*.test.ts'], ...withSpark } },
    ],
  },
});
