package io.torii.engine.statement;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.error.EngineException;
import io.torii.engine.operation.Operation;
import io.torii.engine.operation.OperationBody;
import io.torii.engine.operation.Operations;
import io.torii.engine.result.QueryResults;
import io.torii.engine.result.ResultOptions;
import io.torii.engine.result.ResultSpace;
import io.torii.engine.session.Session;
import java.util.Collections;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Makes operations of statements. */
public final class Statements {
  private static final String HANDLE = "kyuubi.operation.handle";
  private static final String LANGUAGE = "kyuubi.operation.language";
  private static final String PLAN_ONLY = "kyuubi.operation.plan.only.mode";

  /** What sets the language or the mode back has to get through. */
  private static final Pattern CHANGES_SETTINGS = Pattern.compile("\\s*(set|reset)\\b", Pattern.CASE_INSENSITIVE);

  private final Operations operations;
  private final ResultSpace space;

  public Statements(Operations operations, ResultSpace space) {
    this.operations = operations;
    this.space = space;
  }

  /** @param timeoutSeconds the client's own limit, zero for none */
  public Operation start(Session session, String text, Map<String, String> overlay, long timeoutSeconds) {
    Map<String, String> own = overlay == null ? Collections.emptyMap() : overlay;
    if (!CHANGES_SETTINGS.matcher(text).lookingAt()) {
      refuseWhatIsNotSql(session, own);
    }
    OperationBody body = CurrentNames.bodyFor(session, own);
    if (body == null) {
      body = () -> QueryResults.execute(session.spark(), session.spark().sql(text), options(session, own), space);
    }
    String description = JobDescription.of(session.spark(), text);
    return operations.submit(session, handle(own), description, body, limitMs(session, own, timeoutSeconds));
  }

  private static void refuseWhatIsNotSql(Session session, Map<String, String> overlay) {
    String language = setting(session, overlay, LANGUAGE, "SQL");
    if (!language.equalsIgnoreCase("SQL")) {
      throw EngineException.unsupported("This engine runs SQL only, not " + LANGUAGE + "=" + language);
    }
    String mode = setting(session, overlay, PLAN_ONLY, "none");
    if (!mode.equalsIgnoreCase("none")) {
      throw EngineException.unsupported("This engine does not support " + PLAN_ONLY + "=" + mode);
    }
  }

  private static UUID handle(Map<String, String> overlay) {
    String given = overlay.get(HANDLE);
    try {
      return given == null || given.isEmpty() ? UUID.randomUUID() : UUID.fromString(given);
    } catch (IllegalArgumentException e) {
      throw new EngineException(HANDLE + " has to be a UUID", "22023");
    }
  }

  private static ResultOptions options(Session session, Map<String, String> overlay) {
    long maxRows = Long.parseLong(setting(session, overlay, "kyuubi.operation.result.max.rows", "0"));
    String incremental = setting(session, overlay, "kyuubi.operation.incremental.collect",
        setting(session, overlay, "kyuubi.engine.spark.operation.incremental.collect", "false"));
    return new ResultOptions(session.protocol(), maxRows, Boolean.parseBoolean(incremental));
  }

  /** The smaller of the client's limit and the configured one. */
  private static long limitMs(Session session, Map<String, String> overlay, long timeoutSeconds) {
    long asked = timeoutSeconds <= 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toMillis(timeoutSeconds);
    String key = "kyuubi.operation.query.timeout";
    long configured = EngineConf.parseMillis(key, setting(session, overlay, key, "0"));
    long limit = Math.min(asked, configured <= 0 ? Long.MAX_VALUE : configured);
    return limit == Long.MAX_VALUE ? 0 : limit;
  }

  private static String setting(Session session, Map<String, String> overlay, String key, String defaultValue) {
    String value = overlay.get(key);
    if (value == null || value.isEmpty()) {
      value = session.setting(key);
    }
    return value == null ? defaultValue : value.trim();
  }
}
