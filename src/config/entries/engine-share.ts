import { z } from 'zod';
import { entry } from '../entry.ts';
import { bool, integerBetween, matching, oneOf, signedInt } from '../kinds.ts';
import { KindOf } from '../value-kind.ts';
import { placeName } from './clusters.ts';

/** Kyuubi's rule for one step of a ZooKeeper path: no slash, neither `.` nor `..`, no control character. */
const pathStep = /^(?!\.{1,2}$)[\u0020-\u002e\u0030-\u007e\u00a0-\ud7ff\uf900-\uffef]{1,200}$/;
const pathStepExpected = 'a valid step of a ZooKeeper path (no slash, at most 200 characters)';
const subdomain = new KindOf(z.string().toLowerCase().regex(pathStep), pathStepExpected);

/** Who shares an engine with whom. */
export const engineShareEntries = {
  engineType: entry(
    'kyuubi.engine.type',
    oneOf('SPARK_SQL').note('this version has no other engine').default('SPARK_SQL'),
    { doc: 'Kind of engine.', setBy: 'session' },
  ),
  shareLevel: entry(
    'kyuubi.engine.share.level',
    oneOf('CONNECTION', 'USER', 'GROUP', 'SERVER')
      .note('this version has no SERVER_LOCAL')
      .default('USER'),
    {
      doc: 'Who shares one engine: nobody, the sessions of a user, of a group, or all.',
      setBy: 'session',
      aliases: ['kyuubi.session.engine.share.level'],
    },
  ),
  subdomain: entry('kyuubi.engine.share.level.subdomain', subdomain.optional(), {
    doc: 'Name of one of several engines of the same share level; `default` unless a pool is used.',
    setBy: 'session',
    aliases: ['kyuubi.engine.share.level.sub.domain'],
  }),
  poolName: entry(
    'kyuubi.engine.pool.name',
    matching(pathStep, pathStepExpected).default('engine-pool'),
    {
      doc: 'Name of the pool, the first part of its subdomains.',
      setBy: 'session',
    },
  ),
  poolSize: entry('kyuubi.engine.pool.size', signedInt.default('-1'), {
    doc: 'Number of engines that sessions are spread over; 0 or less for no pool.',
    setBy: 'session',
  }),
  poolSelectPolicy: entry(
    'kyuubi.engine.pool.selectPolicy',
    oneOf('RANDOM', 'POLLING').default('RANDOM'),
    { doc: 'How a session gets its engine of the pool.', setBy: 'session' },
  ),
  poolIgnoresSubdomain: entry('kyuubi.engine.pool.ignoreSubdomain', bool.default('false'), {
    doc: 'Use the pool although a subdomain is set.',
    setBy: 'session',
  }),
  poolSizeThreshold: entry(
    'kyuubi.engine.pool.size.threshold',
    integerBetween(1, 32).default('9'),
    { doc: 'Largest size that a pool can have.', setBy: 'server' },
  ),
  runsAsUser: entry('kyuubi.engine.doAs.enabled', bool.default('true'), {
    doc: "Engines run as their user; otherwise as the gateway's own.",
    setBy: 'server',
    reachesEngine: true,
  }),
  cluster: entry('kyuubi.session.cluster', placeName.default('default'), {
    doc: 'The cluster that the engine runs on, by its name in torii.clusters.path; `default` for none in particular.',
    setBy: 'session',
  }),
  spaceVersion: entry(
    'torii.engine.space.version',
    matching(pathStep, pathStepExpected).default('1'),
    {
      doc: 'Version in the name of engine spaces: gateways share engines when it is the same, Kyuubi servers have their own version here.',
      setBy: 'server',
    },
  ),
} as const;
