package io.torii.engine.conf;

/** Why a call of AWS gave no answer; its cause is the SDK's own exception, unless that might quote the answer. */
final class AwsRefusal extends Exception {
  private static final long serialVersionUID = 1L;

  private static final String NONE_FOUND = "Unable to load credentials";

  enum Kind { MISSING, DENIED, BUSY, UNREACHABLE, GARBLED, NO_CREDENTIALS, OTHER }

  final Kind kind;

  AwsRefusal(Kind kind, Throwable cause) {
    super(cause);
    this.kind = kind;
  }

  /**
   * What a service said that was asked for credentials, or null: the SDK quotes it amid all the places where it has looked in vain.
   */
  String whoGivesCredentials() {
    String message = getCause() == null ? "" : String.valueOf(getCause().getMessage());
    int end = message.indexOf("(Service: ");
    if (kind != Kind.NO_CREDENTIALS || !message.startsWith(NONE_FOUND) || end < 0) {
      return null;
    }
    String before = message.substring(0, end);
    int start = before.lastIndexOf("): ");
    return (start < 0 ? before : before.substring(start + "): ".length())).trim();
  }

  /** @param errorCode the service's own word, null where no service answered */
  static AwsRefusal of(String errorCode, int httpStatus, Throwable cause) {
    if (quotesAnswer(cause)) {
      return new AwsRefusal(Kind.GARBLED, null);
    }
    return new AwsRefusal(kindOf(errorCode, httpStatus, String.valueOf(cause.getMessage())), cause);
  }

  /** A parser names the text that it stumbled over, which may be the secret's. */
  private static boolean quotesAnswer(Throwable thrown) {
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (each.getClass().getSimpleName().startsWith("Json")) {
        return true;
      }
    }
    return false;
  }

  private static Kind kindOf(String errorCode, int httpStatus, String message) {
    if (errorCode == null && httpStatus < 400) {
      return message.startsWith(NONE_FOUND) ? Kind.NO_CREDENTIALS : Kind.UNREACHABLE;
    }
    switch (String.valueOf(errorCode)) {
      case "ResourceNotFoundException":
        return Kind.MISSING;
      case "AccessDeniedException":
      case "AccessDenied":
      case "DecryptionFailure":
        return Kind.DENIED;
      case "ExpiredTokenException":
      case "UnrecognizedClientException":
        return Kind.NO_CREDENTIALS;
      default:
        boolean busy = httpStatus >= 500 || httpStatus == 429 || String.valueOf(errorCode).startsWith("Throttling");
        return busy ? Kind.BUSY : Kind.OTHER;
    }
  }
}
