package io.torii.engine.net;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;

/**
 * A key pair of this process alone and the certificate that carries it, signed by itself. Nobody trusts it by its names or dates:
 * gateways are told its hash.
 */
final class EngineCertificate {
  private static final int SERIAL_BITS = 120;
  private static final byte[] ECDSA_WITH_SHA256 = DerWriter.sequence(DerWriter.objectId(1, 2, 840, 10045, 4, 3, 2));
  private static final byte[] COMMON_NAME = DerWriter.objectId(2, 5, 4, 3);

  final PrivateKey privateKey;
  final X509Certificate certificate;

  private EngineCertificate(PrivateKey privateKey, X509Certificate certificate) {
    this.privateKey = privateKey;
    this.certificate = certificate;
  }

  static EngineCertificate generate() throws GeneralSecurityException {
    SecureRandom random = new SecureRandom();
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    KeyPair pair = generator.generateKeyPair();

    byte[] name = DerWriter.sequence(DerWriter.set(DerWriter.sequence(COMMON_NAME, DerWriter.text("torii engine"))));
    byte[] content = DerWriter.sequence(
        DerWriter.explicit(0, DerWriter.integer(BigInteger.valueOf(2))),
        DerWriter.integer(new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS)),
        ECDSA_WITH_SHA256,
        name,
        // It lives as long as the process; the last of these dates is the one that means no end.
        DerWriter.sequence(DerWriter.time("20200101000000"), DerWriter.time("99991231235959")),
        name,
        pair.getPublic().getEncoded());
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate(), random);
    signature.update(content);
    byte[] whole = DerWriter.sequence(content, ECDSA_WITH_SHA256, DerWriter.bits(signature.sign()));
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    X509Certificate certificate = (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(whole));
    return new EngineCertificate(pair.getPrivate(), certificate);
  }

  /** `sha256:` and the hex of the certificate's hash. */
  String fingerprint() throws GeneralSecurityException {
    return "sha256:" + Hex.of(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
  }
}
