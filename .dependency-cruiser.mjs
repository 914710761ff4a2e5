// Who may import whom (docs/architecture.md shows the picture). Each place in src/ may import itself and what stands here.
const base = ['core', 'config', 'telemetry'];

/** @type {Record<string, readonly string[]>} */
const mayImport = {
  core: [],
  config: ['core'],
  telemetry: ['core', 'config'],
  wire: ['core'],
  tls: base,
  auth: [...base, 'tls'],
  discovery: [...base, 'tls'],
  preset: base,
  launch: [...base, 'discovery', 'preset'],
  engine: [...base, 'wire', 'tls', 'discovery', 'launch', 'preset'],
  operation: [...base, 'wire', 'engine'],
  session: [...base, 'auth', 'engine', 'operation', 'preset'],
  batch: [...base, 'auth', 'discovery', 'launch', 'preset'],
  admin: [...base, 'discovery', 'engine', 'operation', 'session'],
  'frontend/thrift': [...base, 'wire', 'tls', 'auth', 'operation', 'session'],
  'frontend/rest': [...base, 'tls', 'auth', 'operation', 'session', 'admin'],
  cli: ['core', 'wire'],
  ui: [],
};

/** These may also name the types of the REST schemas, which vanish when they are built. */
const restClients = ['cli', 'ui'];
const restSchemas = 'src/frontend/rest/.*schemas?[.]ts$';

/** The one home of each foreign package. What is not here needs a home before it is imported. */
const homes = {
  thrift: 'wire',
  'node-int64': 'wire',
  'node-zookeeper-client': 'discovery/zookeeper',
  jose: 'auth/jwt',
  koffi: 'auth/kerberos',
  mysql2: 'auth/jdbc',
  pg: 'auth/jdbc',
  ldapts: 'auth/ldap',
  pino: 'telemetry',
  'prom-client': 'telemetry',
  yaml: 'preset/format',
  fastify: 'frontend/rest',
  '@fastify/[^/]+': 'frontend/rest',
  '@kubernetes/client-node': '(launch|preset/secrets)/kubernetes',
  '@aws-sdk/client-secrets-manager': '(preset/secrets|launch)/aws',
  '@aws-sdk/client-ssm': 'preset/secrets/aws',
  '@aws-sdk/client-emr-serverless': 'launch/emr-serverless',
  '@aws-sdk/client-cloudwatch-logs': 'launch/aws',
  '@aws-sdk/client-s3': 'launch/aws',
  '@aws-sdk/client-ec2': 'launch/aws',
  '@aws-sdk/client-iam': 'launch/aws',
  '@aws-sdk/client-sts': 'launch/aws',
  '@aws-sdk/client-emr-containers': 'launch/emr-eks',
  '@aws-sdk/client-emr': 'launch/emr-ec2',
};

/** Schemas check what comes from outside, wherever that is. */
const homeless = ['zod'];

/** Folders whose sub-folders are implementations behind the interface at their root. */
const seams = 'auth|discovery|launch|preset/secrets';

const anyOf = (/** @type {readonly string[]} */ names) => `(${names.join('|')})`;
const inPackage = (/** @type {string} */ name) => `^node_modules/(@types/)?${name}/`;

const places = Object.entries(mayImport).map(([place, others]) => ({
  name: `${place.replace('/', '-')}-imports-down`,
  comment: `src/${place}/ may import ${others.join(', ') || 'nothing else in src/'}.`,
  severity: 'error',
  from: { path: `^src/${place}/` },
  to: {
    path: '^src/',
    pathNot: [
      `^src/${anyOf([place, ...others])}/`,
      ...(restClients.includes(place) ? [`^${restSchemas}`] : []),
    ],
  },
}));

const packageHomes = Object.entries(homes).map(([name, home]) => ({
  name: `home-of-${name.replaceAll(/[^a-z0-9]+/g, '-')}`,
  comment: `Only src/${home}/ may import the package ${name}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${home}/` },
  to: { path: inPackage(name) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...places,
    {
      name: 'main-imports-down',
      comment: 'main.ts hands over to gateway.ts and its sisters, or to cli/ for the commands.',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(gateway[-a-z]*\\.ts$|${anyOf([...base, 'cli'])}/)` },
    },
    {
      name: 'gateway-imports-down',
      comment:
        'gateway.ts makes every part of the server; it knows neither the browser code nor the command line, but for the report of its doctor.',
      severity: 'error',
      from: { path: '^src/gateway[-a-z]*\\.ts$' },
      to: { path: '^src/(ui/|main\\.ts$)' },
    },
    {
      name: 'clusters-load-lazily',
      comment:
        'The clients of clusters and secret stores are large: a gateway that uses none of them loads none.',
      severity: 'error',
      from: { path: '^src/gateway[-a-z]*\\.ts$' },
      to: {
        path: '^src/(launch/(?!local/)[^/]+/|preset/secrets/(aws|kubernetes)/)',
        dynamic: false,
      },
    },
    {
      name: 'no-stray-files',
      comment:
        'Beside gateway.ts and main.ts, everything in src/ stands in a folder that this file knows.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `^src/(gateway[-a-z]*\\.ts$|main\\.ts$|${anyOf(Object.keys(mayImport))}/)`,
      },
      to: {},
    },
    {
      name: 'rest-schemas-as-types',
      comment: 'Clients of the REST door name the types of its schemas and load none of its code.',
      severity: 'error',
      from: { path: `^src/${anyOf(restClients)}/` },
      to: { path: `^${restSchemas}`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'seams-hide-implementations',
      comment:
        'Import the interface at the root of the folder; gateway.ts alone knows the implementations, those of auth/ through their table.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `^src/(gateway[-a-z]*\\.ts$|auth/provider-table\\.ts$|(${seams})/[^/]+/)`,
      },
      to: { path: `^src/(${seams})/[^/]+/` },
    },
    {
      name: 'implementations-stand-alone',
      comment: 'One implementation imports no other; the kinds of EMR share launch/aws/.',
      severity: 'error',
      from: { path: `^src/(${seams})/([^/]+)/`, pathNot: '^src/launch/emr-(ec2|eks)/' },
      to: { path: `^src/(${seams})/[^/]+/`, pathNot: ['^src/$1/$2/', '^src/launch/aws/'] },
    },
    {
      name: 'emr-ec2-stands-on-yarn',
      comment:
        'What a step of EMR on EC2 has started is an application of YARN, and is seen and ended as one.',
      severity: 'error',
      from: { path: '^src/launch/emr-ec2/' },
      to: {
        path: `^src/(${seams})/[^/]+/`,
        pathNot: ['^src/launch/emr-ec2/', '^src/launch/aws/', '^src/launch/yarn/'],
      },
    },
    {
      name: 'emr-eks-stands-on-kubernetes',
      comment:
        'Its engines are pods: their events, logs and secrets are those of launch/kubernetes/.',
      severity: 'error',
      from: { path: '^src/launch/emr-eks/' },
      to: {
        path: `^src/(${seams})/[^/]+/`,
        pathNot: '^src/launch/(emr-eks|aws|kubernetes)/',
      },
    },
    {
      name: 'implementations-in-own-tests',
      comment: 'A unit test of another part uses a fake from test/support/.',
      severity: 'error',
      from: { path: '^test/unit/', pathNot: `^test/unit/(gateway|(${seams})/)` },
      to: { path: `^src/(${seams})/[^/]+/` },
    },
    ...packageHomes,
    {
      name: 'packages-have-homes',
      comment: 'Name the home of a new package in .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '^node_modules/',
        pathNot: [...Object.keys(homes), ...homeless, 'node'].map(inPackage),
      },
    },
    {
      name: 'generated-thrift',
      comment:
        'Sessions and operations know our words; generated types end in wire/, frontend/thrift/ and engine/.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(wire|frontend/thrift|engine)/' },
      to: { path: '^thrift-idl/gen/' },
    },
    {
      name: 'core-does-no-io',
      comment: 'core/ holds words; files, sockets and processes belong to those who use them.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|net|tls|http|https|http2|dgram|dns|child_process|cluster|worker_threads)(/|$)',
      },
    },
    {
      name: 'wire-is-pure',
      comment: 'wire/ turns bytes into values and back: no sockets, no timers, no files.',
      severity: 'error',
      from: { path: '^src/wire/' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|net|tls|http|https|http2|dgram|dns|child_process|timers|worker_threads)(/|$)',
      },
    },
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-catch-all-files',
      comment: 'A helper is named after what it does, and nothing re-exports.',
      severity: 'error',
      from: {},
      to: {
        path: '/(index|utils|util|helpers|helper|common|types)[.](ts|mjs|js)$',
        pathNot: '^(node_modules|thrift-idl)/',
      },
    },
    {
      name: 'src-stands-alone',
      comment: 'What is published imports no test, bench or script.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|bin)/' },
    },
    {
      name: 'no-development-packages',
      comment: 'src/ runs without devDependencies; their types may be named.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: inPackage('[^/]+'),
      },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['^node_modules/', '^thrift-idl/gen/'] },
    exclude: { path: '^dist/' },
    // Types count: a circle or an import upwards is one, whether or not it is there at run time.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
    },
  },
};
