import { under } from './key-set.ts';

/**
 * Kyuubi's settings for its server that this version of the gateway makes no use of. They are not unknown, a client may
 * not set them and no engine sees them. One that is implemented moves to a file in `entries/`.
 */
export const unusedServerKeys: ReadonlySet<string> = new Set([
  ...under(
    'kyuubi.frontend.',
    `ssl.keystore.algorithm jetty.sendVersion.enabled trino.bind.host trino.bind.port
    mysql.bind.host mysql.bind.port mysql.max.worker.threads mysql.min.worker.threads mysql.netty.worker.threads
    mysql.worker.keepalive.time backoff.slot.length login.timeout max.worker.threads min.worker.threads
    worker.keepalive.time max.message.size thrift.backoff.slot.length thrift.login.timeout
    thrift.binary.max.worker.threads thrift.binary.min.worker.threads trino.max.worker.threads
    trino.jetty.stopTimeout`,
  ),
  ...under(
    'kyuubi.frontend.thrift.http.',
    `response.header.size use.SSL ssl.keystore.path ssl.keystore.password ssl.protocol.blacklist
    ssl.exclude.ciphersuites max.worker.threads min.worker.threads allow.user.substitution`,
  ),
  ...under(
    'kyuubi.frontend.rest.',
    `max.worker.threads jetty.stopTimeout ui.enabled engine.ui.proxy.enabled
    engine.ui.proxy.hosts legacy.v1.sessionsReturnAllUsers proxy.jetty.client.idleTimeout
    proxy.jetty.client.maxConnections proxy.jetty.client.maxThreads proxy.jetty.client.requestBufferSize
    proxy.jetty.client.responseBufferSize proxy.jetty.client.timeout authentication`,
  ),
  ...under('kyuubi.authentication.', 'custom.class custom.basic.class custom.bearer.class'),
  ...under('kyuubi.kinit.', 'interval max.attempts'),
  ...under(
    'kyuubi.zookeeper.embedded.',
    `client.use.hostname data.log.dir tick.time max.client.connections min.session.timeout max.session.timeout`,
  ),
  ...under('kyuubi.server.limit.batch.connections.per.', 'user ipaddress user.ipaddress'),
  ...under(
    'kyuubi.backend.server.',
    `exec.pool.size exec.pool.wait.queue.size exec.pool.keepalive.time exec.pool.shutdown.timeout
    event.loggers event.json.log.path event.kafka.topic event.kafka.close.timeout event.async.enabled`,
  ),
  ...under(
    'kyuubi.credentials.',
    `renewal.interval renewal.retry.wait update.wait.timeout check.interval idle.timeout hadoopfs.enabled
    hadoopfs.uris hive.enabled`,
  ),
  ...under(
    'kyuubi.batch.',
    `conf.ignore.list session.idle.timeout resource.upload.enabled resource.file.max.size
    extra.resource.file.max.size submitter.enabled submitter.threads impl.version check.interval
    info.internal.redirect internal.rest.client.socket.timeout internal.rest.client.connect.timeout
    internal.rest.client.request.max.attempts internal.rest.client.request.attempt.wait`,
  ),
  ...under(
    'kyuubi.metadata.',
    `store.class store.jdbc.database.type store.jdbc.database.schema.init store.jdbc.driver store.jdbc.url
    store.jdbc.user store.jdbc.password store.jdbc.priority.enabled cleaner.enabled cleaner.interval
    cleaner.batch.size cleaner.batch.interval max.age search.window recovery.threads
    recovery.waitEngineSubmission request.retry.interval request.async.retry.enabled
    request.async.retry.threads request.async.retry.queue.size request.retry.threads request.retry.queue.size`,
  ),
  ...under(
    'kyuubi.server.',
    `conf.retrieveMode periodicGC.interval tempFile.expireTime tempFile.maxCount spark.file.config.list`,
  ),
  ...under(
    'kyuubi.metrics.',
    `enabled reporters prometheus.port prometheus.path prometheus.labels.instance.enabled console.interval
    json.interval json.location slf4j.interval`,
  ),
  ...under(
    'kyuubi.ctl.',
    `rest.base.url rest.auth.schema rest.spnego.host rest.connect.timeout rest.socket.timeout
    rest.request.max.attempts rest.request.attempt.wait batch.log.query.interval
    batch.log.on.failure.timeout`,
  ),
  ...under('kyuubi.kubernetes.', 'context.allow.list namespace.allow.list client.initialize.list'),
  ...under(
    'kyuubi.operation.',
    'status.update.interval query.timeout.monitor.enabled log.dir.root',
  ),
  'kyuubi.session.local.dir.allow.list',
  'kyuubi.session.user.sign.enabled',
]);
