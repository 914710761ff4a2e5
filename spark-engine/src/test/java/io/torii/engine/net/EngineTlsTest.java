package io.torii.engine.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.torii.engine.StartFailure;
import io.torii.engine.conf.EngineConf;
import io.torii.engine.conf.EngineSecrets;
import io.torii.engine.result.Check;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.apache.spark.SparkConf;

/** The engine's certificate, where it is used, and what its node says of it. */
public final class EngineTlsTest {
  private EngineTlsTest() {}

  public static void main(String[] args) throws Exception {
    certificate();
    objectIds();
    modes();
    attributes();
    handshake("TLSv1.3");
    handshake("TLSv1.2");
    System.out.println("EngineTlsTest passed");
  }

  private static void certificate() throws Exception {
    EngineCertificate one = EngineCertificate.generate();
    X509Certificate certificate = one.certificate;
    certificate.checkValidity();
    certificate.verify(certificate.getPublicKey());
    Check.equal("version", 3, certificate.getVersion());
    Check.equal("subject", "CN=torii engine", certificate.getSubjectX500Principal().getName());
    Check.equal("issuer", certificate.getSubjectX500Principal(), certificate.getIssuerX500Principal());
    Check.that("the form of the hash", one.fingerprint().matches("sha256:[0-9a-f]{64}"));
    EngineCertificate other = EngineCertificate.generate();
    Check.that("each has another", !one.fingerprint().equals(other.fingerprint()));
    Check.that("each has another number", !certificate.getSerialNumber().equals(other.certificate.getSerialNumber()));
  }

  private static void objectIds() {
    Check.equal("short parts", "0603550403", Hex.of(DerWriter.objectId(2, 5, 4, 3)));
    Check.equal("long parts", "06082a8648ce3d040302", Hex.of(DerWriter.objectId(1, 2, 840, 10045, 4, 3, 2)));
    Check.equal("a length of one byte more", "0381c8", Hex.of(DerWriter.bits(new byte[199])).substring(0, 6));
    Check.equal("a length of two bytes more", "03820101", Hex.of(DerWriter.bits(new byte[256])).substring(0, 8));
  }

  private static void modes() {
    for (String host : new String[] {"127.0.0.1", "127.1.2.3", "localhost", "::1"}) {
      Check.equal("auto at " + host, null, tls("auto", "k", host));
      Check.that("on at " + host, tls("on", "k", host) != null);
    }
    for (String host : new String[] {"10.0.0.1", "host", "127.0.0.1.example.org", "localhost.example.org"}) {
      Check.that("auto at " + host, tls("auto", "k", host) != null);
      Check.equal("off at " + host, null, tls("off", "k", host));
      Check.equal("not said, at " + host, null, tls(null, "k", host));
    }
    Check.that("needs a key", failure("on", null).contains("spark.torii.engine.key"));
    Check.that("knows its values", failure("maybe", "k").contains("torii.engine.tls has to be auto, on or off"));
  }

  private static void attributes() throws Exception {
    EngineTls tls = tls("on", "the key", "10.0.0.1");
    Map<String, String> shown = tls.attributes("10.0.0.1:4711", "app-1", "tag-1");
    Check.equal("names", "[certificate, certificate.mac]", shown.keySet().toString());
    String mac = shown.get("certificate.mac");
    Check.that("the form of the code", mac.matches("[0-9a-f]{64}"));
    for (String[] other : new String[][] {
        {"10.0.0.2:4711", "app-1", "tag-1"}, {"10.0.0.1:4711", "app-2", "tag-1"}, {"10.0.0.1:4711", "app-1", "tag-2"}}) {
      Map<String, String> changed = tls.attributes(other[0], other[1], other[2]);
      Check.that("the code is over " + String.join(" ", other), !mac.equals(changed.get("certificate.mac")));
    }
  }

  private static void handshake(String version) throws Exception {
    EngineTls tls = tls("on", "k", "10.0.0.1");
    EmbeddedChannel server = new EmbeddedChannel();
    server.pipeline().addLast(tls.handler(server));
    SslContext context = SslContextBuilder.forClient()
        .sslProvider(SslProvider.JDK).protocols(version).trustManager(InsecureTrustManagerFactory.INSTANCE).build();
    SslHandler handler = context.newHandler(UnpooledByteBufAllocator.DEFAULT);
    EmbeddedChannel client = new EmbeddedChannel(handler);
    client.writeOutbound(Unpooled.copiedBuffer("a token", StandardCharsets.UTF_8));
    for (int round = 0; round < 20; round++) {
      move(client, server);
      move(server, client);
    }
    ByteBuf received = server.readInbound();
    Check.equal("what came", "a token", received.toString(StandardCharsets.UTF_8));
    received.release();
    Certificate shown = handler.engine().getSession().getPeerCertificates()[0];
    String hash = Hex.of(MessageDigest.getInstance("SHA-256").digest(shown.getEncoded()));
    Check.equal("what was shown", tls.attributes("a", "b", "c").get("certificate"), "sha256:" + hash);
    Check.equal("version", version, handler.engine().getSession().getProtocol());
    client.finishAndReleaseAll();
    server.finishAndReleaseAll();
  }

  private static void move(EmbeddedChannel from, EmbeddedChannel to) {
    from.runPendingTasks();
    for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      to.writeInbound(bytes);
    }
  }

  private static EngineTls tls(String mode, String key, String host) {
    SparkConf conf = new SparkConf(false);
    if (mode != null) {
      conf.set("spark.torii.engine.tls", mode);
    }
    if (key != null) {
      conf.set("spark.torii.engine.key", key);
    }
    EngineSecrets secrets = EngineSecrets.takeOutOf(conf);
    return EngineTls.of(EngineConf.of(conf), secrets, host);
  }

  private static String failure(String mode, String key) {
    try {
      tls(mode, key, "10.0.0.1");
      return "none";
    } catch (StartFailure e) {
      return e.getMessage();
    }
  }
}
