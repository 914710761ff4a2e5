package io.torii.engine.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.torii.engine.StartFailure;
import io.torii.engine.conf.EngineConf;
import io.torii.engine.conf.EngineSecrets;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLException;

/**
 * TLS on the engine's port. Gateways know the certificate by what the engine's node says of it, and that it is this engine's by a
 * code that only who holds the engine's key can make: whoever may write to ZooKeeper alone can not take the engine's place.
 */
public final class EngineTls {
  private static final String MODE = "torii.engine.tls";
  private static final String LABEL = "torii engine certificate";

  /** The quicker ones first: rows are many, and the keys live as long as one connection. */
  private static final List<String> CIPHERS = Arrays.asList(
      "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");

  private final SslContext context;
  private final String fingerprint;
  private final String key;

  private EngineTls(SslContext context, String fingerprint, String key) {
    this.context = context;
    this.fingerprint = fingerprint;
    this.key = key;
  }

  /** Null where the port is to be plain: as configured, or with `auto` at an address that only this machine reaches. */
  public static EngineTls of(EngineConf conf, EngineSecrets secrets, String advertisedHost) {
    String mode = conf.get(MODE, "off").toLowerCase();
    switch (mode) {
      case "off":
        return null;
      case "auto":
        return isLoopback(advertisedHost) ? null : create(secrets);
      case "on":
        return create(secrets);
      default:
        throw new StartFailure(MODE + " has to be auto, on or off, but is '" + mode + "'");
    }
  }

  /** By what is written, not by what a name resolves to: gateways judge the same text. */
  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
  }

  private static EngineTls create(EngineSecrets secrets) {
    if (secrets.key() == null) {
      throw new StartFailure(MODE + " needs spark.torii.engine.key: without it no gateway could tell this engine's certificate");
    }
    try {
      EngineCertificate own = EngineCertificate.generate();
      // Newer Sparks bring native code that ciphers at several times the speed of Java.
      SslProvider provider = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
      SslContext context = SslContextBuilder.forServer(own.privateKey, own.certificate)
          .sslProvider(provider)
          .protocols(SslProvider.isTlsv13Supported(provider)
              ? new String[] {"TLSv1.3", "TLSv1.2"} : new String[] {"TLSv1.2"})
          .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
          .build();
      return new EngineTls(context, own.fingerprint(), secrets.key());
    } catch (GeneralSecurityException | SSLException e) {
      throw new StartFailure("this Java can not make a certificate for " + MODE, e);
    }
  }

  ChannelHandler handler(Channel channel) {
    return context.newHandler(channel.alloc());
  }

  /** What the engine's node says of the certificate. The arguments are those that the same node shows. */
  public Map<String, String> attributes(String address, String engineId, String refId) {
    String text = String.join("\n", LABEL, address, engineId, refId == null ? "" : refId, fingerprint);
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("certificate", fingerprint);
    attributes.put("certificate.mac", Hex.of(mac(text)));
    return attributes;
  }

  private byte[] mac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
