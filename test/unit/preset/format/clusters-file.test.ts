import { describe, expect, test } from 'vitest';
import { clusterSpecOf } from '../../../../src/preset/format/cluster-spec-of.ts';
import { parseClustersFiles } from '../../../../src/preset/format/clusters-file.ts';
import { messageFrom } from '../../../support/clusters-text.ts';

const kubernetes = '{ kind: kubernetes, namespace: emr, engineJar: "local:///opt/engine.jar" }';

function problemOf(text: string): string {
  return messageFrom(() => parseClustersFiles([{ file: 'a.yaml', text }]));
}

describe('a file is refused, with file and line, for', () => {
  test.each([
    ['a key that is there twice', 'presets:\n  bi: {}\n  bi: {}\n', /^a\.yaml:3: .*unique/],
    ['what is no YAML', 'presets:\n  bi: [\n', /^a\.yaml:\d: /],
    ['two documents', 'presets: {}\n---\npresets: {}\n', /^a\.yaml:\d: .*multiple documents/],
    [
      'an unknown part',
      'preset: {}\n',
      'a.yaml:1: preset is not known here; did you mean presets?',
    ],
    [
      'an unknown key',
      'presets:\n  bi:\n    shareLevle: USER\n',
      'a.yaml:3: presets.bi: shareLevle is not known here; did you mean shareLevel?',
    ],
    [
      'an unknown key that is near to none',
      'routes:\n  - use: { preset: bi }\n    whatever: 1\n',
      'a.yaml:3: routes[0]: whatever is not known here (match, use, force are)',
    ],
    [
      'a price below nothing',
      'clusters:\n  main:\n    kind: local\n    prices: { currency: USD, perVcpuHour: -1, perMemoryGbHour: 0 }\n',
      'a.yaml:4: clusters.main.prices.perVcpuHour: must be a price of 0 or more with at most 9 decimals, e.g. 0.052624',
    ],
    [
      'a price that says no number',
      'clusters:\n  main:\n    kind: local\n    prices: { currency: USD, perVcpuHour: 1e-2, perMemoryGbHour: 0 }\n',
      /^a\.yaml:4: clusters\.main\.prices\.perVcpuHour: must be a price/,
    ],
    [
      'prices without the one of memory',
      'clusters:\n  main:\n    kind: local\n    prices: { currency: USD, perVcpuHour: 1 }\n',
      'a.yaml:4: clusters.main.prices.perMemoryGbHour: must be a price of 0 or more, e.g. 0.052624',
    ],
    [
      'a currency by its sign',
      'clusters:\n  main:\n    kind: local\n    prices: { currency: $, perVcpuHour: 1, perMemoryGbHour: 0 }\n',
      'a.yaml:4: clusters.main.prices.currency: must be the code of a currency in three capital letters, e.g. USD',
    ],
    [
      'a price of disks where the cluster tells of none',
      'clusters:\n  main:\n    kind: local\n    prices: { currency: USD, perVcpuHour: 1, perMemoryGbHour: 0, perStorageGbHour: 1 }\n',
      /^a\.yaml:4: clusters\.main\.prices: perStorageGbHour is not known here/,
    ],
    [
      'a kind that there is not',
      'clusters:\n  main:\n    kind: mesos\n',
      'a.yaml:3: clusters.main.kind: kind has to be one of local, yarn, kubernetes, emr-serverless, emr-eks, emr-ec2',
    ],
    [
      'a name that stands for no cluster',
      'clusters:\n  default: { kind: local }\n',
      /a\.yaml:2: clusters\.default: .*stands for no cluster at all/,
    ],
    [
      'a size without a unit',
      'presets:\n  bi:\n    sizes:\n      driver:\n        memory: 4\n',
      'a.yaml:5: presets.bi.sizes.driver.memory: must be a size with its unit, e.g. 4g',
    ],
    [
      'executors of which there are at least more than at most',
      'presets:\n  bi:\n    sizes: { executor: { min: 3, max: 2 } }\n',
      'a.yaml:3: presets.bi.sizes.executor: min is more than max',
    ],
    [
      'a setting without a value',
      'presets:\n  bi:\n    fixedConf:\n      spark.x:\n',
      "a.yaml:4: presets.bi.fixedConf.spark.x: must be a text (write '' for an empty one)",
    ],
    [
      'a setting with a blank in its key',
      'presets:\n  bi:\n    fixedConf: { "spark x": 1 }\n',
      /a\.yaml:3: presets\.bi\.fixedConf\.spark x: .*without blanks/,
    ],
    [
      'EMR on EKS without a release',
      'clusters:\n  eks:\n    kind: emr-eks\n    region: eu-central-1\n    virtualCluster: vc1\n    engineJar: x\n',
      /clusters\.eks\.?.*releaseLabel: is needed where there is no jobTemplate/,
    ],
    [
      'logs of EMR on EKS without a group',
      'clusters:\n  eks:\n    kind: emr-eks\n    region: eu-central-1\n    virtualCluster: vc1\n    engineJar: x\n    releaseLabel: emr-7.10.0-latest\n    logs: { cloudWatch: {} }\n',
      /clusters\.eks\.logs\.cloudWatch\.group/,
    ],
    [
      'a route that leads nowhere',
      'routes:\n  - use: {}\n',
      'a.yaml:2: routes[0].use: a route names a cluster, a preset or both',
    ],
    [
      'a lineage without a transport of a type',
      'presets:\n  bi:\n    lineage: { kind: openlineage, transport: { url: "http://x" } }\n',
      'a.yaml:3: presets.bi.lineage.transport: a transport has a type',
    ],
    [
      'a time that is none',
      'presets:\n  bi:\n    idleTimeout: 12h\n',
      'a.yaml:3: presets.bi.idleTimeout: must be a duration such as PT30M, above 0',
    ],
  ])('%s', (_, text, expected) => {
    const message = problemOf(text);
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  test('aliases that make it grow', () => {
    const grow = (from: string, to: string) => `${to}: &${to} [${`*${from}, `.repeat(20)}]\n`;
    const text = `a: &a [x]\n${grow('a', 'b')}${grow('b', 'c')}${grow('c', 'd')}`;
    expect(problemOf(text)).toMatch(/^a\.yaml: .*alias/i);
  });

  test('all that is wrong in it, and the rest by its number', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `  p${index}: { shareLevel: ME }`);
    const message = problemOf(`presets:\n${lines.join('\n')}\n`).split('\n');
    expect(message).toHaveLength(11);
    expect(message[0]).toMatch(/^a\.yaml:2: presets\.p0\.shareLevel: /);
    expect(message.at(-1)).toBe('and 2 more');
  });
});

test('settings keep the text that stands in the file', () => {
  const { presets } = parseClustersFiles([
    {
      file: 'a.yaml',
      text: 'presets:\n  bi:\n    fixedConf: { a: 1.10, b: 0123, c: true, d: "no", e: 1e3, f: 0x1F, 1.20: x }\n    sizes: { executor: { max: 5 } }\n',
    },
  ]);
  expect(presets.get('bi')?.fixedConf).toEqual({
    a: '1.10',
    b: '0123',
    c: 'true',
    d: 'no',
    e: '1e3',
    f: '0x1F',
    '1.20': 'x',
  });
  expect(presets.get('bi')?.sizes?.executor?.max).toBe(5);
});

test('an anchor may be used again', () => {
  const { presets } = parseClustersFiles([
    { file: 'a.yaml', text: 'presets:\n  a: &a { shareLevel: GROUP }\n  b: *a\n' },
  ]);
  expect(presets.get('b')).toEqual({ shareLevel: 'GROUP' });
});

test.each(['', '# nothing\n', 'clusters:\npresets:\nroutes:\n'])('%j says nothing', (text) => {
  const { clusters, presets, routes } = parseClustersFiles([{ file: 'a.yaml', text }]);
  expect([clusters.size, presets.size, routes.length]).toEqual([0, 0, 0]);
});

test('files add up, their routes in the order of the files', () => {
  const { clusters, routes } = parseClustersFiles([
    { file: '1.yaml', text: `clusters: { a: ${kubernetes} }\nroutes: [{ use: { cluster: a } }]\n` },
    {
      file: '2.yaml',
      text: 'clusters: { b: { kind: local } }\nroutes: [{ use: { cluster: b } }]\n',
    },
  ]);
  expect([...clusters.keys()]).toEqual(['a', 'b']);
  expect(routes.map(({ use }) => use.cluster)).toEqual(['a', 'b']);
});

test('a name that is in two files is refused with both', () => {
  const files = [
    { file: '1.yaml', text: 'presets:\n  x: {}\n  bi: {}\n' },
    { file: '2.yaml', text: 'presets:\n  bi: {}\n' },
  ];
  expect(messageFrom(() => parseClustersFiles(files))).toBe(
    '2.yaml:2: presets.bi stands in 1.yaml:3 as well',
  );
});

const raisable = {
  'emr-serverless': 'applications: [00f1], secretsKmsKey: alias/k',
  'emr-eks': 'virtualCluster: vc01, releaseLabel: emr-7.10.0-latest',
  'emr-ec2': 'cluster: j-1ABCDEFGHIJKL',
} as const;
type Raisable = keyof typeof raisable;

describe('rates that AWS has raised', () => {
  const parse = (kind: Raisable, rates: string) => {
    const cluster = `{ kind: ${kind}, region: eu-west-1, engineJar: "s3://b/e.jar", ${raisable[kind]}, rates: ${rates} }`;
    return parseClustersFiles([{ file: 'a.yaml', text: `clusters: { lake: ${cluster} }\n` }]);
  };
  const ratesOf = (kind: Raisable, rates: string) => {
    const entry = parse(kind, rates).clusters.get('lake');
    const spec = entry === undefined ? undefined : clusterSpecOf('lake', entry);
    return spec !== undefined && 'rates' in spec ? spec.rates : undefined;
  };

  test.each([
    ['emr-serverless', 'StartJobRun', 'GetJobRun'],
    ['emr-eks', 'StartJobRun', 'DescribeJobRun'],
    ['emr-ec2', 'AddJobFlowSteps', 'ListSteps'],
  ] as const)('on %s are those of the calls that are named', (kind, one, other) => {
    expect(ratesOf(kind, `{ ${one}: 20, ${other}: 0.5 }`)).toEqual(
      new Map([
        [one, 20],
        [other, 0.5],
      ]),
    );
    expect(ratesOf(kind, '{}')).toEqual(new Map());
  });

  test.each([
    ['emr-serverless', '{ StartJobRun: 0 }', /rates\.StartJobRun/],
    ['emr-serverless', '{ StartJobs: 5 }', /StartJobs/],
    ['emr-serverless', '{ StartJobRun: many }', /rates\.StartJobRun/],
    ['emr-eks', '{ GetJobRun: 5 }', /GetJobRun/],
    ['emr-ec2', '{ StartJobRun: 5 }', /StartJobRun/],
  ] as const)('on %s are refused for %s', (kind, rates, words) => {
    expect(messageFrom(() => parse(kind, rates))).toMatch(words);
  });
});
