package io.torii.engine.net;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** The few forms of DER that a certificate is made of; each function gives one whole value. */
final class DerWriter {
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OBJECT_ID = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int CONTEXT = 0xa0;

  private DerWriter() {}

  static byte[] sequence(byte[]... values) {
    return tagged(SEQUENCE, joined(values));
  }

  static byte[] set(byte[]... values) {
    return tagged(SET, joined(values));
  }

  /** A value behind an explicit tag of its context. */
  static byte[] explicit(int number, byte[] value) {
    return tagged(CONTEXT | number, value);
  }

  static byte[] integer(BigInteger value) {
    return tagged(INTEGER, value.toByteArray());
  }

  /** Of whole bytes. */
  static byte[] bits(byte[] bytes) {
    return tagged(BIT_STRING, joined(new byte[] {0}, bytes));
  }

  static byte[] text(String text) {
    return tagged(UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
  }

  /** `yyyyMMddHHmmss`, in UTC. */
  static byte[] time(String digits) {
    return tagged(GENERALIZED_TIME, (digits + "Z").getBytes(StandardCharsets.US_ASCII));
  }

  static byte[] objectId(int first, int second, int... others) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(40 * first + second);
    for (int part : others) {
      for (int shift = 28; shift > 0; shift -= 7) {
        if (part >>> shift != 0) {
          out.write(0x80 | part >>> shift & 0x7f);
        }
      }
      out.write(part & 0x7f);
    }
    return tagged(OBJECT_ID, out.toByteArray());
  }

  private static byte[] tagged(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.length;
    if (length < 0x80) {
      out.write(length);
    } else {
      int lengthBytes = length < 0x100 ? 1 : 2;
      out.write(0x80 | lengthBytes);
      if (lengthBytes == 2) {
        out.write(length >>> 8);
      }
      out.write(length & 0xff);
    }
    out.write(content, 0, length);
    return out.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.write(part, 0, part.length);
    }
    return out.toByteArray();
  }
}
