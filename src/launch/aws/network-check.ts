import { reasonOf } from '../../core/errors.ts';
import { type Finding, failed, ok, unknown, warning } from '../../core/finding.ts';
import { endsOfBlock, hostOfBlock, isPrivate } from '../address-kind.ts';
import type { CheckFacts } from '../cluster-check.ts';
import type { AwsQuestions, SecurityGroup, Subnet } from './aws-questions.ts';
import { portsText, reachOf, type Peer, type PrefixLists, type Reach } from './security-rules.ts';
import { prefixListsOfRoutes, wayTo } from './subnet-routes.ts';
import { missingOr, untold } from './untold.ts';

/** Where engines get their addresses. */
export interface EngineNetwork {
  /** Before the name of each finding, e.g. `application 00f1abcd`. */
  readonly what: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** Linux gives these to whoever asks for any port. */
const anyPort = { first: 32768, last: 60999 };
/** Fewer free addresses than these: an engine and a few executors take them. */
const fewAddresses = 16;

/** Whether the gateway reaches engines in these subnets, and they ZooKeeper, as far as groups and routes tell. */
export async function networkFindings(
  network: EngineNetwork,
  facts: CheckFacts,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { what, subnetIds, securityGroupIds } = network;
  let subnets: readonly Subnet[];
  try {
    subnets = await ask.subnets(subnetIds, signal);
  } catch (thrown) {
    const right = 'ec2:DescribeSubnets and ec2:DescribeRouteTables';
    const hint = 'Correct the network of the cluster, or make the subnet.';
    return [missingOr(`${what} subnets`, thrown, right, { seen: reasonOf(thrown), hint })];
  }
  const routed = subnets.flatMap(({ routes }) => prefixListsOfRoutes(routes));
  const wayLists = await prefixListsOf(routed, ask, signal);
  const findings = subnets.flatMap((subnet) => subnetFindings(what, subnet, wayLists, facts));
  let groups: readonly SecurityGroup[];
  try {
    groups = await ask.securityGroups(securityGroupIds, signal);
  } catch (thrown) {
    const hint = 'Correct the network of the cluster, or make the group.';
    return [
      ...findings,
      missingOr(`${what} security groups`, thrown, 'ec2:DescribeSecurityGroups', {
        seen: reasonOf(thrown),
        hint,
      }),
    ];
  }
  const rules = { groups, lists: await prefixListsOf(listsIn(groups), ask, signal) };
  return [
    ...findings,
    await enginePortFinding(what, subnets, rules, facts, ask, signal),
    ...(await zooKeeperFindings(what, subnets, rules, facts, ask, signal)),
  ];
}

interface Rules {
  readonly groups: readonly SecurityGroup[];
  readonly lists: PrefixLists;
}

function subnetFindings(
  what: string,
  subnet: Subnet,
  lists: PrefixLists,
  facts: CheckFacts,
): readonly Finding[] {
  const { id, freeAddresses } = subnet;
  const check = `${what} subnet ${id}`;
  const ways = wayFindings(check, subnet, lists, facts);
  if (freeAddresses !== undefined && freeAddresses < fewAddresses) {
    const seen = `it has ${freeAddresses} free addresses, and each driver and executor takes one`;
    return [warning(check, seen, 'Add a larger subnet.'), ...ways];
  }
  return ways;
}

/** The subnet's way to each server of ZooKeeper. */
function wayFindings(
  check: string,
  { routes }: Subnet,
  lists: PrefixLists,
  facts: CheckFacts,
): readonly Finding[] {
  return (facts.zookeeper ?? []).flatMap(({ host, port, addresses }) =>
    addresses.slice(0, 1).map((address): Finding => {
      const to = `${host}:${port} (${address})`;
      if (routes.length === 0) return unknown(check, 'its route table was not told');
      const way = wayTo(address, routes, lists);
      switch (way.kind) {
        case 'local':
          return ok(check, `ZooKeeper ${to} is in its network`);
        case 'other':
          return ok(check, `it has a way to ZooKeeper ${to}, by ${way.target}`);
        case 'untold':
          return unknown(
            check,
            `whether it has a way to ZooKeeper ${to} depends on what the prefix list ${way.list} has, which was not told`,
            'Allow ec2:GetManagedPrefixListEntries.',
          );
        case 'none':
          return failed(
            check,
            `it has no way to ZooKeeper ${to}`,
            'Add a route (peering, transit gateway), or name a ZooKeeper that its network reaches.',
          );
        case 'blackhole':
          return failed(
            check,
            `its way to ZooKeeper ${to} ends at ${way.target}, which is gone`,
            'Repair the route.',
          );
        case 'nat':
        case 'internet':
          return publicWay(check, to, address, way);
      }
    }),
  );
}

function publicWay(
  check: string,
  to: string,
  address: string,
  { kind, target }: { readonly kind: 'nat' | 'internet'; readonly target: string },
): Finding {
  if (isPrivate(address)) {
    return failed(
      check,
      `its way to ZooKeeper ${to} is ${target}, which leads to public addresses alone`,
      "Add a route to ZooKeeper's network (peering, transit gateway).",
    );
  }
  if (kind === 'nat') return ok(check, `it has a way to ZooKeeper ${to}, by ${target}`);
  return failed(
    check,
    `its way to ZooKeeper ${to} is ${target}, and engines have no public address`,
    'Take a private subnet with a NAT, or an internal address of ZooKeeper.',
  );
}

async function enginePortFinding(
  what: string,
  subnets: readonly Subnet[],
  { groups, lists }: Rules,
  facts: CheckFacts,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<Finding> {
  const ports = facts.enginePorts ?? anyPort;
  const check = `${what} engine ports ${portsText(ports)}`;
  const [first] = subnets;
  const source =
    first === undefined ? undefined : await facts.sourceAddress(hostOfBlock(first.block));
  if (source === undefined) {
    return failed(check, 'this host has no way to the subnets', 'Add a route from the gateway.');
  }
  const own = await ask.groupsOfAddress(source, signal).catch(() => undefined);
  const peer = { addresses: [source], groups: own };
  const rules = groups.flatMap(({ ingress }) => ingress);
  const narrow =
    facts.enginePorts === undefined
      ? ' Engines take any free port: torii.engine.port.range makes the range small.'
      : '';
  return reachFinding(check, `the gateway (${source})`, reachOf(rules, peer, ports, lists), {
    open: `its security groups let the gateway (${source}) in`,
    hint: `Let ${source} into ${namesOf(groups)} at TCP ${portsText(ports)}.${narrow}`,
  });
}

async function zooKeeperFindings(
  what: string,
  subnets: readonly Subnet[],
  { groups, lists }: Rules,
  facts: CheckFacts,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { host, port, addresses } of facts.zookeeper ?? []) {
    const ports = { first: port, last: port };
    const [address] = addresses;
    if (address === undefined) continue;
    const theirs = await ask.groupsOfAddress(address, signal).catch(() => undefined);
    const to = `${host}:${port}`;
    findings.push(
      reachFinding(
        `${what} way out to ZooKeeper ${to}`,
        'engines',
        reachOf(
          groups.flatMap(({ egress }) => egress),
          { addresses: [address], groups: theirs },
          ports,
          lists,
        ),
        {
          open: `its security groups let engines out to ${address}`,
          hint: `Let ${namesOf(groups)} out to ${address} at TCP ${port}.`,
        },
      ),
    );
    if (theirs !== undefined && theirs.length > 0) {
      findings.push(
        await doorFinding(
          `${what} way into ZooKeeper ${to}`,
          theirs,
          port,
          subnets,
          groups,
          ask,
          signal,
        ),
      );
    }
  }
  return findings;
}

/** Whether ZooKeeper's own security groups let engines in. */
async function doorFinding(
  check: string,
  ids: readonly string[],
  port: number,
  subnets: readonly Subnet[],
  engines: readonly SecurityGroup[],
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<Finding> {
  let doors: readonly SecurityGroup[];
  try {
    doors = await ask.securityGroups(ids, signal);
  } catch (thrown) {
    return untold(check, thrown, 'ec2:DescribeSecurityGroups');
  }
  const lists = await prefixListsOf(listsIn(doors), ask, signal);
  const rules = doors.flatMap(({ ingress }) => ingress);
  const peer: Peer = {
    addresses: subnets.flatMap(({ block }) => endsOfBlock(block)),
    groups: engines.map(({ id }) => id),
  };
  return reachFinding(check, 'engines', reachOf(rules, peer, { first: port, last: port }, lists), {
    open: "ZooKeeper's security groups let engines in",
    hint: `Let ${namesOf(engines)} into ${ids.join(', ')} at TCP ${port}.`,
  });
}

function reachFinding(
  check: string,
  who: string,
  reach: Reach,
  { open, hint }: { readonly open: string; readonly hint: string },
): Finding {
  switch (reach.kind) {
    case 'all':
      return ok(check, open);
    case 'none':
      return failed(check, `no rule of the security groups lets ${who} through`, hint);
    case 'part':
      return failed(
        check,
        `no rule lets ${who} through at ${reach.missing.map(portsText).join(', ')}`,
        hint,
      );
    case 'untold':
      return unknown(
        check,
        `it depends on ${reach.because.join(' and ')}, which was not told`,
        hint,
      );
  }
}

function listsIn(groups: readonly SecurityGroup[]): readonly string[] {
  return groups
    .flatMap(({ ingress, egress }) => [...ingress, ...egress])
    .flatMap(({ PrefixListIds = [] }) => PrefixListIds)
    .map(({ PrefixListId = '' }) => PrefixListId);
}

/** What the lists have; one that can't be read stays away. */
async function prefixListsOf(
  ids: readonly string[],
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<PrefixLists> {
  const lists = new Map<string, readonly string[]>();
  for (const id of new Set(ids)) {
    const blocks = await ask.prefixList(id, signal).catch(() => undefined);
    if (blocks !== undefined) lists.set(id, blocks);
  }
  return lists;
}

function namesOf(groups: readonly SecurityGroup[]): string {
  return groups.map(({ id }) => id).join(' or ');
}
