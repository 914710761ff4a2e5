package io.torii.engine.conf;

import io.torii.engine.StartFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * Reads secrets with the AWS SDK of the class path, one for each line of a file: the secret's name, the service's address, and
 * the credentials' three parts, empty for none, with tabs between. Says of each how long it was, or why there was none.
 */
public final class ManagedSecretProbe {
  private static final String REGION = "eu-west-1";
  private static final long UNREACHABLE_LIMIT_MS = 1_200;
  private static final long REFUSED_LIMIT_MS = 600;

  private ManagedSecretProbe() {}

  public static void main(String[] args) throws Exception {
    for (String line : Files.readAllLines(Paths.get(args[0]), StandardCharsets.UTF_8)) {
      String[] parts = line.split("\t", -1);
      set("aws.accessKeyId", parts[2]);
      set("aws.secretAccessKey", parts[3]);
      set("aws.sessionToken", parts[4]);
      System.out.println(read(parts[0], parts[1]));
    }
  }

  private static void set(String property, String value) {
    if (value.isEmpty()) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, value);
    }
  }

  private static String read(String name, String endpoint) {
    ClassLoader loader = ManagedSecretProbe.class.getClassLoader();
    try (AwsSecretReader reader = new AwsSecretReader(loader, name, REGION, endpoint)) {
      ManagedSecret secret = new ManagedSecret(name, REGION, UNREACHABLE_LIMIT_MS, REFUSED_LIMIT_MS);
      return secret.read(reader).length() + " characters";
    } catch (StartFailure e) {
      return StartFailure.describe(e);
    }
  }
}
