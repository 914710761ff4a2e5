import { describe, expect, it } from 'vitest';
import { progressLine } from '../../../src/cli/progress-line.ts';

function progress(ratio: number): Parameters<typeof progressLine>[0] {
  return {
    headerNames: ['STAGES'],
    rows: [],
    progressedPercentage: ratio,
    status: 0,
    footerSummary: 'STAGES: 01/02',
    startTime: 0,
  };
}

describe('progressLine', () => {
  it('draws stages, bar, percentage and time', () => {
    expect(progressLine(progress(0), 1234, 80)).toBe(
      `STAGES: 01/02 [>${' '.repeat(29)}]   0% 1.23 s`,
    );
    expect(progressLine(progress(0.5), 12_345, 80)).toBe(
      `STAGES: 01/02 [${'='.repeat(15)}>${' '.repeat(14)}]  50% 12.3 s`,
    );
    expect(progressLine(progress(7), 0, 80)).toContain(`[${'='.repeat(30)}] 100%`);
  });

  it('fits the terminal, however narrow', () => {
    expect(progressLine(progress(0.5), 1000, 40)).toBe('STAGES: 01/02  50% 1.00 s');
    expect(progressLine(progress(0.5), 1000, 10)).toBe('STAGES: …');
  });

  it('shows the time where the server tells nothing', () => {
    expect(progressLine(undefined, 2000, 80)).toBe('running 2.00 s');
    expect(progressLine(progress(Number.NaN), 2000, 80)).toContain('  0%');
  });
});
