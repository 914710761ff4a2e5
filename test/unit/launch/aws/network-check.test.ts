import { expect, it } from 'vitest';
import type { Finding } from '../../../../src/core/finding.ts';
import type { SecurityGroup, Subnet } from '../../../../src/launch/aws/aws-questions.ts';
import { networkFindings } from '../../../../src/launch/aws/network-check.ts';
import type { CheckFacts } from '../../../../src/launch/cluster-check.ts';
import { sourceAddress } from '../../../../src/launch/source-address.ts';
import { awsError, toldQuestions } from '../../../support/aws/told-questions.ts';

const never = new AbortController().signal;
const network = { what: 'app', subnetIds: ['subnet-1'], securityGroupIds: ['sg-engines'] };
const facts: CheckFacts = {
  zookeeper: [{ host: 'zk', port: 2181, addresses: ['10.1.0.9'] }],
  enginePorts: { first: 50_000, last: 50_999 },
  executionRoles: [],
  sourceAddress: () => Promise.resolve('10.0.9.9'),
};
const subnet: Subnet = {
  ...{ id: 'subnet-1', vpc: 'vpc-1', block: '10.0.0.0/24', freeAddresses: 200 },
  routes: [
    { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' },
    { DestinationCidrBlock: '10.1.0.0/16', VpcPeeringConnectionId: 'pcx-1' },
  ],
};
const any = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
const engines: SecurityGroup = {
  ...{ id: 'sg-engines', vpc: 'vpc-1', egress: [any] },
  ingress: [
    { IpProtocol: 'tcp', FromPort: 50_000, ToPort: 50_999, IpRanges: [{ CidrIp: '10.0.9.0/24' }] },
  ],
};
const door: SecurityGroup = {
  ...{ id: 'sg-zk', vpc: 'vpc-2', egress: [any] },
  ingress: [
    {
      IpProtocol: 'tcp',
      FromPort: 2181,
      ToPort: 2181,
      UserIdGroupPairs: [{ GroupId: 'sg-engines' }],
    },
  ],
};

function ask(
  change: {
    readonly subnet?: Subnet;
    readonly groups?: readonly SecurityGroup[];
    readonly lists?: ReadonlyMap<string, readonly string[]>;
  } = {},
) {
  const groups = change.groups ?? [engines, door];
  return toldQuestions({
    subnets: () => Promise.resolve([change.subnet ?? subnet]),
    securityGroups: (ids) => Promise.resolve(groups.filter(({ id }) => ids.includes(id))),
    prefixList: (id) => {
      const blocks = change.lists?.get(id);
      return blocks === undefined
        ? Promise.reject(awsError('UnauthorizedOperation'))
        : Promise.resolve(blocks);
    },
    groupsOfAddress: (address) => Promise.resolve(address === '10.1.0.9' ? ['sg-zk'] : undefined),
  });
}

const verdicts = (findings: readonly Finding[]) =>
  findings.map(({ check, verdict }) => `${verdict} ${check}`);

it('finds all ways open', async () => {
  expect(verdicts(await networkFindings(network, facts, ask(), never))).toEqual([
    'ok app subnet subnet-1',
    'ok app engine ports 50000-50999',
    'ok app way out to ZooKeeper zk:2181',
    'ok app way into ZooKeeper zk:2181',
  ]);
});

it('says what to open, for whom and where', async () => {
  const shut = { ...engines, ingress: [], egress: [] };
  const closed = { ...door, ingress: [] };
  const findings = await networkFindings(network, facts, ask({ groups: [shut, closed] }), never);
  expect(findings.filter(({ verdict }) => verdict === 'failed').map(({ hint }) => hint)).toEqual([
    'Let 10.0.9.9 into sg-engines at TCP 50000-50999.',
    'Let sg-engines out to 10.1.0.9 at TCP 2181.',
    'Let sg-engines into sg-zk at TCP 2181.',
  ]);
});

it('engines that take any port need the whole range of Linux, and there is a setting for less', async () => {
  const findings = await networkFindings(
    network,
    { ...facts, enginePorts: undefined },
    ask(),
    never,
  );
  expect(findings.find(({ check }) => check === 'app engine ports 32768-60999')).toMatchObject({
    verdict: 'failed',
    seen: expect.stringContaining('32768-49999, 51000-60999'),
    hint: expect.stringContaining('torii.engine.port.range'),
  });
});

it.each([
  ['no route', [], 'failed', 'no way to ZooKeeper'],
  [
    'a NAT',
    [{ DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1' }],
    'failed',
    'public addresses alone',
  ],
])(
  'a subnet with %s does not reach a ZooKeeper in another network',
  async (_what, more, verdict, seen) => {
    const routes = [...subnet.routes.slice(0, 1), ...more];
    const [finding] = await networkFindings(
      network,
      facts,
      ask({ subnet: { ...subnet, routes } }),
      never,
    );
    expect(finding).toMatchObject({ verdict, seen: expect.stringContaining(seen) });
  },
);

it('a gateway in a subnet of the engines is not without a way there', async () => {
  const own = { ...subnet, block: '127.0.0.0/8' }; // its last address is a broadcast here, too
  const findings = await networkFindings(
    network,
    { ...facts, sourceAddress },
    ask({ subnet: own }),
    never,
  );
  expect(findings.map(({ seen }) => seen)).not.toContain('this host has no way to the subnets');
  expect(findings[1]?.seen).toContain('lets the gateway (127.0.0.1) through');
});

it('knows a way by a prefix list, and says so where the list was not told', async () => {
  const routes = [
    ...subnet.routes.slice(0, 1),
    { DestinationPrefixListId: 'pl-1', TransitGatewayId: 'tgw-1' },
  ];
  const byList = { ...subnet, routes };
  const lists = new Map([['pl-1', ['10.1.0.0/16']]]);
  const [known] = await networkFindings(network, facts, ask({ subnet: byList, lists }), never);
  expect(known).toMatchObject({ verdict: 'ok', seen: expect.stringContaining('by tgw-1') });
  const [untold] = await networkFindings(network, facts, ask({ subnet: byList }), never);
  expect(untold).toMatchObject({ verdict: 'unknown', seen: expect.stringContaining('pl-1') });
});

it('warns of a subnet that is nearly full, and names one that is not there', async () => {
  const full = await networkFindings(
    network,
    facts,
    ask({ subnet: { ...subnet, freeAddresses: 3 } }),
    never,
  );
  expect(full[0]).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('3 free') });
  const gone = toldQuestions({
    subnets: () => Promise.reject(awsError('InvalidSubnetID.NotFound', 'no subnet-1 here')),
  });
  const [missing] = await networkFindings(network, facts, gone, never);
  expect(missing).toMatchObject({ verdict: 'failed', seen: 'no subnet-1 here' });
});

it('without the right to look nothing is wrong', async () => {
  const [finding] = await networkFindings(network, facts, toldQuestions(), never);
  expect(finding).toMatchObject({
    verdict: 'unknown',
    seen: expect.stringContaining('ec2:DescribeSubnets'),
  });
});
