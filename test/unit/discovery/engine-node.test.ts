import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enginesOf, parseEngineNode } from '../../../src/discovery/engine-node.ts';

describe('the name of an engine node', () => {
  test('is read with every attribute, whatever is in its value', () => {
    const name =
      'serverUri=host.a:4711;version=1.10.0;kyuubi.engine.appMgrInfo=eyJ4IjoxfQ==;spark.driver.memory=;refId=r-1;sequence=0000000042';
    const node = parseEngineNode(name);
    expect(node).toMatchObject({
      name,
      host: 'host.a',
      port: 4711,
      version: '1.10.0',
      refId: 'r-1',
    });
    expect(node?.attributes.get('kyuubi.engine.appMgrInfo')).toBe('eyJ4IjoxfQ==');
    expect(node?.attributes.get('spark.driver.memory')).toBe('');
  });

  test.each([
    '',
    'garbage',
    'serverUri=host:1;version=1',
    'serverUri=host;version=1;sequence=0000000001',
    'serverUri=::1:80;sequence=0000000001',
    'serverUri=host:0;sequence=0000000001',
    'serverUri=host:99999;sequence=0000000001',
    'serverUri=host:80;sequence=1',
  ])('that is none of an engine is left out: %s', (name) => {
    expect(parseEngineNode(name)).toBeUndefined();
  });

  test('never makes trouble', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (names) => {
        expect(enginesOf(names).length).toBeLessThanOrEqual(names.length);
      }),
    );
  });

  test('gives the order of age, past the end of the numbers as well', () => {
    const named = (sequence: string): string => `serverUri=h:1;version=1;sequence=${sequence}`;
    const names = [named('0000000010'), named('-2147483648'), named('0000000009')];
    expect(enginesOf(names).map(({ name }) => name.slice(-10))).toEqual([
      '2147483648',
      '0000000009',
      '0000000010',
    ]);
  });
});
