import { under } from './key-set.ts';

/** Kyuubi's settings that the gateway does not read and that reach engines: they are known, so nobody is warned of them. */
export const passedKeys: ReadonlySet<string> = new Set([
  ...under(
    'kyuubi.frontend.thrift.',
    'min.worker.threads max.worker.threads worker.keepalive.time',
  ),
  ...under(
    'kyuubi.ha.',
    `engine.ref.id zookeeper.auth.principal zookeeper.auth.keytab zookeeper.engine.auth.principal
    zookeeper.engine.auth.keytab zookeeper.auth.serverPrincipal zookeeper.connection.max.retries
    zookeeper.connection.base.retry.wait zookeeper.connection.max.retry.wait zookeeper.connection.retry.policy
    zookeeper.engine.secure.secret.node zookeeper.acl.enabled etcd.lease.timeout etcd.ssl.enabled etcd.ssl.ca.path
    etcd.ssl.client.certificate.path etcd.ssl.client.key.path`,
  ),
  ...under('kyuubi.engine.security.crypto.', 'keyLength ivLength keyAlgorithm cipher'),
  ...under('kyuubi.internal.security.crypto.', 'keyLength ivLength keyAlgorithm cipher'),
  ...under(
    'kyuubi.engine.',
    `user.isolated.spark.session user.isolated.spark.session.idle.interval
    user.isolated.spark.session.idle.timeout event.loggers event.json.log.path spark.event.loggers ui.stop.enabled
    ui.retainedSessions ui.retainedStatements deregister.exception.classes deregister.exception.messages
    deregister.exception.ttl deregister.job.max.failures operation.log.dir.root
    operation.convert.catalog.database.enabled spark.output.mode spark.python.env.archive
    spark.python.env.archive.exec.path spark.python.home.archive spark.python.magic.enabled
    submit.timeout yarn.submit.timeout kubernetes.submit.timeout
    principal keytab yarn.cores yarn.memory`,
  ),
  ...under(
    'kyuubi.session.engine.',
    `alive.max.failures spark.max.lifetime.gracefulPeriod spark.showProgress spark.progress.update.interval
    spark.progress.timeFormat request.timeout`,
  ),
  ...under('kyuubi.yarn.', 'user.strategy user.admin'),
  ...under(
    'kyuubi.kubernetes.',
    `context namespace master.address authenticate.oauthToken authenticate.oauthTokenFile
    authenticate.clientKeyFile authenticate.clientCertFile authenticate.caCertFile trust.certificates
    application.state.source application.state.container terminatedApplicationRetainPeriod
    spark.appUrlPattern spark.cleanupTerminatedDriverPod.kind spark.cleanupTerminatedDriverPod.checkInterval
    spark.forciblyRewriteDriverPodName.enabled spark.forciblyRewriteExecutorPodNamePrefix.enabled
    spark.autoCreateFileUploadPath.enabled`,
  ),
  ...under(
    'kyuubi.backend.engine.exec.pool.',
    'size wait.queue.size keepalive.time shutdown.timeout',
  ),
  ...under(
    'kyuubi.operation.',
    `timeout.pool.size timeout.pool.keepalive.time interrupt.on.cancel progress.enabled language
    result.format result.arrow.timestampAsString result.saveToFile.enabled
    result.saveToFile.dir result.saveToFile.minSize result.saveToFile.minRows plan.only.mode
    plan.only.output.style plan.only.excludes scheduler.pool spark.listener.enabled
    getTables.ignoreTableProperties`,
  ),
  ...under('kyuubi.batch.', 'application.check.interval application.starvation.timeout'),
  ...under(
    'kyuubi.event.',
    `async.pool.size async.pool.wait.queue.size async.pool.keepalive.time
    json.log.managePermissions.enabled`,
  ),
  'kyuubi.session.proxy.user',
]);

/** Families whose last part is free: all known, none read by its whole name. */
export const freePrefixes: readonly string[] = ['kyuubi.engineEnv.', 'kyuubi.batchConf.'];

/** Set by a server for an engine, a session or a statement; never by a client, but for the first two. */
export const reservedKeys: ReadonlySet<string> = new Set([
  ...under('kyuubi.client.', 'ipAddress version'),
  'kyuubi.server.ipAddress',
  ...under(
    'kyuubi.session.',
    `user sign.publickey user.sign real.user connection.url handle alive.probe engine.launch.handle.guid
    engine.launch.handle.secret engine.launch.support.result`,
  ),
  ...under('kyuubi.batch.', 'priority resource.uploaded'),
  ...under('kyuubi.engine.', 'id name url submit.time credentials appMgrInfo engineLog.path'),
  ...under(
    'kyuubi.operation.',
    'set.current.catalog get.current.catalog set.current.database get.current.database handle',
  ),
  'kyuubi.statement.id',
]);

export const clientReservedKeys: ReadonlySet<string> = new Set(
  under('kyuubi.client.', 'ipAddress version'),
);
