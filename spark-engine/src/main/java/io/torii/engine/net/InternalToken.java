package io.torii.engine.net;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks the short-lived token by which gateways prove that they hold this engine's key: the hex of IV and AES-CBC of a JSON
 * text with `issueDate` (epoch ms) and `maxDate` (life time in ms).
 */
final class InternalToken implements GatewayAuthentication {
  private static final int IV_BYTES = 16;
  private static final int MAX_HEX = 4096;
  /** Clocks differ a little between hosts; a token from further in the future was not made by a gateway. */
  private static final long MAX_SKEW_MS = 10 * 60_000L;
  /** One sentence for every undecipherable token: a difference between them would be an oracle for making one. */
  private static final String INVALID = "Invalid engine access token";

  private final SecretKeySpec key;
  private final ObjectMapper json = new ObjectMapper();

  InternalToken(String secret, int keyBits) {
    this.key = new SecretKeySpec(keyBytes(secret, keyBits / 8), "AES");
  }

  private static byte[] keyBytes(String secret, int length) {
    StringBuilder padded = new StringBuilder(secret.substring(0, Math.min(length, secret.length())));
    while (padded.length() < length) {
      padded.append(' ');
    }
    return Arrays.copyOf(padded.toString().getBytes(StandardCharsets.UTF_8), length);
  }

  @Override
  public String refusal(String user, String password) {
    JsonNode token = decipher(password);
    if (token == null || !token.path("issueDate").isIntegralNumber() || !token.path("maxDate").isIntegralNumber()) {
      return INVALID;
    }
    long issued = token.path("issueDate").asLong();
    long life = token.path("maxDate").asLong();
    long age = System.currentTimeMillis() - issued;
    if (age < -MAX_SKEW_MS) {
      return INVALID;
    }
    return age > life ? "The engine access token is expired" : null;
  }

  private JsonNode decipher(String hex) {
    byte[] bytes = hex.length() > MAX_HEX ? null : Hex.bytesOf(hex);
    if (bytes == null || bytes.length <= IV_BYTES) {
      return null;
    }
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(bytes, 0, IV_BYTES));
      byte[] plain = cipher.doFinal(bytes, IV_BYTES, bytes.length - IV_BYTES);
      return json.readTree(new String(plain, StandardCharsets.UTF_8));
    } catch (Exception e) {
      // Whatever it was that did not fit, the answer is the same.
      return null;
    }
  }
}
