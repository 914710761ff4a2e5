package io.torii.engine.conf;

import io.torii.engine.StartFailure;
import io.torii.engine.result.Check;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** Which answers of Secrets Manager are waited out, and what is said of the others. */
public final class ManagedSecretTest {
  private static final String TEXT = "spark.torii.engine.key=k";

  private ManagedSecretTest() {}

  public static void main(String[] args) {
    worthAnotherTry();
    refusals();
    System.out.println("ManagedSecretTest passed");
  }

  private static void worthAnotherTry() {
    Check.equal("a service that is busy", TEXT, read(60_000, refusal("ThrottlingException", 400), TEXT));
    Check.equal("a fault of the service", TEXT, read(60_000, refusal("InternalServiceError", 500), TEXT));
    Check.equal("a gateway between them", TEXT, read(60_000, refusal(null, 503), TEXT));
    Check.equal("no connection", TEXT, read(60_000, refusal(null, 0), TEXT));
    Check.equal("a secret that is not seen yet", TEXT, read(60_000, refusal("ResourceNotFoundException", 400), TEXT));
    Check.equal("a permission that does not hold yet", TEXT, read(60_000, refusal("AccessDeniedException", 400), TEXT));
  }

  private static void refusals() {
    says("it is not there", refusal("ResourceNotFoundException", 400));
    says("secretsmanager:GetSecretValue", refusal("AccessDeniedException", 400));
    says("kms:Decrypt", refusal("DecryptionFailure", 400));
    says("finds no credentials", refusal(null, 0, "Unable to load credentials from any of the providers in the chain"));
    says("credentials that count (Not authorized to assume the role);", refusal(null, 0, "Unable to load credentials from any of the providers"
        + " in the chain : [First(): none., Second(profile=x): Not authorized to assume the role (Service: Sts, Status Code: 403), Third(): none in the chain"));
    says("credentials", refusal("ExpiredTokenException", 400));
    says("gave no answer in ", refusal(null, 0));
    says("had no time for it in ", refusal("ThrottlingException", 400));
    says("has no text", (Object) null);
    answerIsNotQuoted();
    // Asking again would be of no use, so no limit counts.
    String failure = failureOf(60_000, refusal("InvalidRequestException", 400));
    Check.that(failure, failure.contains("refused the request"));
  }

  private static void answerIsNotQuoted() {
    JsonTrouble trouble = new JsonTrouble("stumbled over hunter2");
    String failure = failureOf(0, AwsRefusal.of(null, 0, new IllegalStateException("can not parse", trouble)));
    Check.that(failure, failure.contains("is not Secrets Manager") && !failure.contains("hunter2"));
  }

  private static final class JsonTrouble extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JsonTrouble(String message) {
      super(message);
    }
  }

  private static void says(String text, Object... answers) {
    String failure = failureOf(0, answers);
    Check.that(text + ": " + failure, failure.contains(text));
    Check.that("the secret is named: " + failure, failure.startsWith("the secret torii/a/b of Secrets Manager in eu-west-1 "));
    Check.that("what the SDK said stands at its end: " + failure, answers[0] == null || failure.endsWith("as the SDK says")
        || failure.endsWith("in the chain"));
  }

  private static String failureOf(long limitMs, Object... answers) {
    try {
      read(limitMs, answers);
    } catch (StartFailure e) {
      return StartFailure.describe(e);
    }
    throw new AssertionError("no failure");
  }

  private static String read(long limitMs, Object... answers) {
    // A null stands for a secret without a text, which a queue does not take.
    Deque<Object[]> left = new ArrayDeque<>();
    Arrays.stream(answers).forEach(answer -> left.add(new Object[] {answer}));
    return new ManagedSecret("torii/a/b", "eu-west-1", limitMs, limitMs).read(() -> {
      Object answer = left.remove()[0];
      if (answer instanceof AwsRefusal) throw (AwsRefusal) answer;
      return (String) answer;
    });
  }

  private static AwsRefusal refusal(String errorCode, int httpStatus) {
    return refusal(errorCode, httpStatus, "as the SDK says");
  }

  private static AwsRefusal refusal(String errorCode, int httpStatus, String message) {
    return AwsRefusal.of(errorCode, httpStatus, new IllegalStateException(message));
  }
}
