package io.torii.engine.session;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.error.EngineException;
import io.torii.engine.net.Connection;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every open session, by id. */
public final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  private final ConcurrentMap<UUID, Session> sessions = new ConcurrentHashMap<>();
  private final ConcurrentMap<Connection, Set<Session>> byConnection = new ConcurrentHashMap<>();
  private final SparkSession root;
  private final SpareSessions spares;
  private final EngineConf conf;
  private final boolean sharesRoot;
  private final boolean servesOneClient;
  private volatile Runnable whenUserSessionClosed = () -> { };
  private volatile long lastChangeMs = System.currentTimeMillis();
  private volatile boolean hadUserSession;
  private volatile boolean refusesNew;

  public Sessions(SparkSession root, EngineConf conf) {
    this.root = root;
    this.spares = new SpareSessions(root);
    this.conf = conf;
    this.sharesRoot = conf.flag("kyuubi.engine.single.spark.session", false);
    this.servesOneClient = "CONNECTION".equalsIgnoreCase(conf.get("kyuubi.engine.share.level"));
  }

  /** What is to happen each time a client's session has closed. */
  public void whenUserSessionClosed(Runnable action) {
    whenUserSessionClosed = action;
  }

  public Session open(Connection connection, int protocol, Map<String, String> configuration) {
    if (refusesNew) {
      throw new EngineException("This engine is being retired and takes no new sessions", "08004");
    }
    SessionSettings wanted = SessionSettings.of(configuration);
    EngineConf sessionConf = conf.with(wanted.settings);
    UUID id = idOf(sessionConf);
    Session session = new Session(id, connection.user(), protocol, sparkFor(sessionConf), sessionConf);
    SessionStart.apply(session.spark(), wanted, SessionStart.initialSql(wanted.settings, conf));
    if (sessions.putIfAbsent(id, session) != null) {
      throw new EngineException("There is a session with the handle " + id + " already", "08003");
    }
    noteChange(session);
    if (session.closesWithConnection()) {
      byConnection.computeIfAbsent(connection, key -> ConcurrentHashMap.newKeySet()).add(session);
      if (!connection.isOpen()) {
        // The client left while its session was being made.
        disconnected(connection);
      }
    }
    LOG.info("Opened session {} of {}", id, session.user());
    return session;
  }

  private static UUID idOf(EngineConf conf) {
    String given = conf.get("kyuubi.session.handle");
    try {
      return given == null ? UUID.randomUUID() : UUID.fromString(given);
    } catch (IllegalArgumentException e) {
      throw new EngineException("kyuubi.session.handle has to be a UUID", "22023");
    }
  }

  private SparkSession sparkFor(EngineConf sessionConf) {
    boolean isProbe = sessionConf.flag("kyuubi.session.alive.probe", false);
    return sharesRoot || servesOneClient && !isProbe ? root : spares.take();
  }

  /** The session, if it is this user's: to all others it does not exist. */
  public Session get(UUID id, String user) {
    Session session = sessions.get(id);
    if (session == null || !session.user().equals(user)) {
      throw EngineException.invalidSession(id);
    }
    session.touch();
    return session;
  }

  public void close(Session session, String why) {
    if (!sessions.remove(session.id(), session)) {
      return;
    }
    byConnection.values().forEach(opened -> opened.remove(session));
    session.close();
    noteChange(session);
    LOG.info("Closed session {} of {}: {}", session.id(), session.user(), why);
    if (!session.isProbe()) {
      whenUserSessionClosed.run();
    }
  }

  public void disconnected(Connection connection) {
    Set<Session> opened = byConnection.remove(connection);
    if (opened != null) {
      opened.forEach(session -> close(session, "its connection ended"));
    }
  }

  /** Ends what nobody has used for longer than its limit. */
  public void closeIdle() {
    for (Session session : sessions.values()) {
      if (session.isIdle()) {
        close(session, "idle for too long");
      } else {
        session.closeIdleOperations();
      }
    }
  }

  /** From now on only the sessions that are there go on. */
  public void refuseNew() {
    refusesNew = true;
  }

  public void closeAll(String why) {
    sessions.values().forEach(session -> close(session, why));
  }

  private void noteChange(Session session) {
    if (!session.isProbe()) {
      lastChangeMs = System.currentTimeMillis();
      hadUserSession = true;
    }
  }

  /** Sessions of clients: a gateway's liveness probes are not counted. */
  public long userSessions() {
    return sessions.values().stream().filter(session -> !session.isProbe()).count();
  }

  public boolean hadUserSession() {
    return hadUserSession;
  }

  /** When a client's session was last opened or closed. */
  public long lastChangeMs() {
    return lastChangeMs;
  }
}
