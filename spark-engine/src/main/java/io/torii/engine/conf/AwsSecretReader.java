package io.torii.engine.conf;

import io.torii.engine.StartFailure;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.time.Duration;

/**
 * Secrets Manager by the AWS SDK for Java 2 of the engine's class path, with the SDK's own way of finding credentials. The SDK
 * is called by name: it comes with EMR's images, and no other engine needs it.
 */
final class AwsSecretReader implements ManagedSecret.Reader, AutoCloseable {
  private static final String SDK = "software.amazon.awssdk.";
  private static final String CLIENT = SDK + "services.secretsmanager.SecretsManagerClient";
  private static final String REQUEST = SDK + "services.secretsmanager.model.GetSecretValueRequest";
  private static final String RESPONSE = SDK + "services.secretsmanager.model.GetSecretValueResponse";
  private static final String SETTINGS = SDK + "core.client.config.ClientOverrideConfiguration";

  /** What sends requests; with several of them on the class path the SDK wants one to be named. */
  private static final String[] TRANSPORTS = {
    SDK + "http.apache.ApacheHttpClient", SDK + "http.urlconnection.UrlConnectionHttpClient"
  };

  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(3);
  private static final Duration ATTEMPT_LIMIT = Duration.ofSeconds(5);
  private static final Duration CALL_LIMIT = Duration.ofSeconds(15);

  private final ClassLoader loader;
  private final String name;
  private final AutoCloseable client;

  /**
   * @param endpoint an address in the place of the region's own, or null
   * @throws StartFailure without the SDK
   */
  AwsSecretReader(ClassLoader loader, String name, String region, String endpoint) {
    this.loader = loader;
    this.name = name;
    try {
      this.client = client(region, endpoint);
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new StartFailure("the engine's secrets are in AWS Secrets Manager, and the class path has no AWS SDK for Java 2; EMR has it"
          + " from release 7 on, unless a setting of spark.driver.extraClassPath leaves out the folders of EMR's own", e);
    } catch (RuntimeException e) {
      throw new StartFailure("no client of AWS Secrets Manager can be made for " + (endpoint == null ? region : endpoint), e);
    }
  }

  @Override
  public String read() throws AwsRefusal {
    try {
      Object builder = call(REQUEST, null, "builder");
      call(REQUEST + "$Builder", builder, "secretId", new Class<?>[] {String.class}, name);
      Object request = call(REQUEST + "$Builder", builder, "build");
      Object response = call(CLIENT, client, "getSecretValue", new Class<?>[] {type(REQUEST)}, request);
      return (String) call(RESPONSE, response, "secretString");
    } catch (ReflectiveOperationException e) {
      throw new StartFailure("this AWS SDK can not be called for a secret", e);
    } catch (RuntimeException e) {
      throw refusal(e);
    }
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (Exception e) {
      // What it has been read for is done.
    }
  }

  private AutoCloseable client(String region, String endpoint) throws ReflectiveOperationException {
    Object builder = call(CLIENT, null, "builder");
    String builderType = CLIENT + "Builder";
    Class<?> regionType = type(SDK + "regions.Region");
    Object place = call(SDK + "regions.Region", null, "of", new Class<?>[] {String.class}, region);
    call(builderType, builder, "region", new Class<?>[] {regionType}, place);
    if (endpoint != null) {
      call(builderType, builder, "endpointOverride", new Class<?>[] {URI.class}, URI.create(endpoint));
    }
    call(builderType, builder, "overrideConfiguration", new Class<?>[] {type(SETTINGS)}, settings());
    Object transport = transport();
    if (transport != null) {
      Class<?> transportType = type(SDK + "http.SdkHttpClient$Builder");
      call(builderType, builder, "httpClientBuilder", new Class<?>[] {transportType}, transport);
    }
    return (AutoCloseable) call(builderType, builder, "build");
  }

  private Object settings() throws ReflectiveOperationException {
    Object builder = call(SETTINGS, null, "builder");
    Class<?>[] duration = {Duration.class};
    call(SETTINGS + "$Builder", builder, "apiCallAttemptTimeout", duration, ATTEMPT_LIMIT);
    call(SETTINGS + "$Builder", builder, "apiCallTimeout", duration, CALL_LIMIT);
    return call(SETTINGS + "$Builder", builder, "build");
  }

  /** Null leaves the choice to the SDK. */
  private Object transport() throws ReflectiveOperationException {
    for (String transport : TRANSPORTS) {
      try {
        Object builder = call(transport, null, "builder");
        Class<?>[] duration = {Duration.class};
        call(transport + "$Builder", builder, "connectionTimeout", duration, CONNECT_LIMIT);
        call(transport + "$Builder", builder, "socketTimeout", duration, ATTEMPT_LIMIT);
        return builder;
      } catch (ClassNotFoundException | LinkageError e) {
        continue; // the next one may be there
      }
    }
    return null;
  }

  private AwsRefusal refusal(RuntimeException thrown) {
    String errorCode = null;
    int status = 0;
    try {
      String serviceException = SDK + "awscore.exception.AwsServiceException";
      if (type(serviceException).isInstance(thrown)) {
        status = (Integer) call(serviceException, thrown, "statusCode");
        Object details = call(serviceException, thrown, "awsErrorDetails");
        errorCode = details == null ? null : (String) call(SDK + "awscore.exception.AwsErrorDetails", details, "errorCode");
      }
    } catch (ReflectiveOperationException e) {
      thrown.addSuppressed(e);
    }
    return AwsRefusal.of(errorCode, status, thrown);
  }

  private Class<?> type(String className) throws ClassNotFoundException {
    return Class.forName(className, true, loader);
  }

  private Object call(String owner, Object target, String method) throws ReflectiveOperationException {
    return call(owner, target, method, new Class<?>[0]);
  }

  /** By the public type that has the method: the objects' own classes are hidden. Static where there is no target. */
  private Object call(String owner, Object target, String method, Class<?>[] types, Object... arguments)
      throws ReflectiveOperationException {
    try {
      return type(owner).getMethod(method, types).invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException) throw (RuntimeException) e.getCause();
      if (e.getCause() instanceof Error) throw (Error) e.getCause();
      throw e;
    }
  }
}
