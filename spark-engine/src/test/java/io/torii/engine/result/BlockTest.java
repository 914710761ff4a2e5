package io.torii.engine.result;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hive.service.rpc.thrift.*;

/** Cuts and joins blocks at every awkward size, by columns and by rows, and reads them back with libthrift. */
public final class BlockTest {

  private static final int V10 = 9;
  private static final int V5 = 4;

  private static ResultSpace space;

  private BlockTest() {}

  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("torii-block-test");
    try {
      // Blocks all on the heap, all in the file, and some here and some there.
      for (long memory : new long[] {Long.MAX_VALUE, 0, 4 * 300}) {
        space = new ResultSpace(memory, dir, 0);
        run();
      }
      Check.equal("files left", 0, dir.toFile().list().length);
      diskFull(dir);
    } finally {
      Files.delete(dir);
    }
    utf8();
    floats();
    System.out.println("BlockTest passed");
  }

  private static void run() throws Exception {
    for (int protocol : new int[] {V10, V5}) {
      for (int n : new int[] {1, 3, 7, 8, 9, 64, 65, 1000}) {
        for (int rows : new int[] {0, 1, n - 1, n, n + 1, 2 * n}) {
          for (int perBlock : new int[] {1, 3, 8, 13, 100000}) batches(rows, n, perBlock, protocol);
        }
      }
    }
    nullPatterns();
    orientations();
    byteLimit();
    emptyBatchHasColumns();
    closedWhileItLeaves();
    chunks();
  }

  /** A batch that is on its way keeps its bytes when its result is closed. */
  private static void closedWhileItLeaves() throws Exception {
    RowSet batch;
    try (ResultSource source = source(rows(50, i -> i % 5 == 0), 7, V10)) {
      batch = source.fetch(0, 48);
    }
    List<List<Object>> values = Decoded.rows(Decoded.rowSet(batch));
    for (int i = 0; i < 48; i++) Check.equal("row", Arrays.asList(row(i, i % 5 == 0, V10)), values.get(i));
  }

  /** What executors left comes in the partitions' order; what they lost is told, what is not theirs is refused. */
  private static void chunks() throws Exception {
    List<byte[]> blocks = new ArrayList<>();
    for (int i = 0; i < 3; i++) blocks.add(longs(10 * i, 10));
    WireKind[] kinds = {WireKind.I64};
    Spool spool = new Spool(kinds, space);
    ChunkSource source = (attempt, chunk) -> {
      if (attempt == 9) return null;
      if (attempt == 8) return Chunks.of(7, chunk, blocks.subList(0, 1));
      return Chunks.of(attempt, chunk, blocks.subList(chunk, chunk + 1));
    };
    PartitionOrder order = new PartitionOrder(spool, false);
    try (Collector first = new Collector(order, source, new int[] {0, 1, 2})) {
      first.arrived(2, Outcome.blocks(blocks.subList(2, 3)));
      first.arrived(1, Outcome.chunks(9, 1));
      first.arrived(0, Outcome.chunks(5, 2));
      Check.equal("lost", "[1]", Arrays.toString(first.await()));
      Check.equal("rows before the lost partition", 20L, spool.rows());
    }
    try (Collector again = new Collector(order, source, new int[] {1})) {
      again.arrived(0, Outcome.blocks(new ArrayList<>()));
      Check.equal("lost", "[]", Arrays.toString(again.await()));
    }
    Check.equal("rows", 30L, spool.rows());
    try (Collector wrong = new Collector(new PartitionOrder(spool, false), source, new int[] {0})) {
      wrong.arrived(0, Outcome.chunks(8, 1));
      wrong.await();
      throw new AssertionError("another task's rows were taken");
    } catch (java.io.IOException e) {
      Check.that(e.getMessage(), e.getMessage().contains("Another task"));
    }
    spool.close();
  }

  private static byte[] longs(long first, int count) {
    BlockBuilder builder = new BlockBuilder(1);
    for (int i = 0; i < count; i++) {
      builder.column(0).putLong(first + i);
      builder.endRow();
    }
    return builder.build();
  }

  private static void diskFull(Path dir) throws Exception {
    space = new ResultSpace(0, dir, Long.MAX_VALUE);
    try {
      source(rows(10, i -> false), 3, V10);
      throw new AssertionError("a full disk was not noticed");
    } catch (DiskFullException e) {
      Check.that(e.getMessage(), e.getMessage().contains(dir.toString()) && e.getMessage().contains("torii.engine.spool.dir"));
    }
  }

  /** All rows come, in order, in batches of n; the last says that it is the last; an empty one ends it. */
  private static void batches(int rows, int n, int perBlock, int protocol) throws Exception {
    String what = rows + " rows by " + n + ", blocks of " + perBlock + ", protocol " + protocol;
    try (ResultSource source = source(rows(rows, i -> i % 3 == 0), perBlock, protocol)) {
      int seen = 0;
      while (true) {
        RowSet batch = source.fetch(0, n);
        TRowSet decoded = Decoded.rowSet(batch);
        List<List<Object>> values = Decoded.rows(decoded);
        Check.equal(what + ": start", (long) seen, decoded.getStartRowOffset());
        Check.equal(what + ": count", (long) Math.min(n, rows - seen), batch.rowCount());
        Check.equal(what + ": size", (int) batch.rowCount(), values.size());
        Check.equal(what + ": columnar", protocol >= 5, decoded.isSetColumns());
        for (List<Object> row : values) Check.equal(what, Arrays.asList(row(seen, seen++ % 3 == 0, protocol)), row);
        Check.equal(what + ": more", seen < rows, batch.hasMoreRows());
        if (batch.rowCount() == 0) break;
      }
      Check.equal(what, rows, seen);
    }
  }

  private static void nullPatterns() throws Exception {
    for (int rows : new int[] {1, 7, 8, 9, 15, 16, 17, 64, 65}) {
      for (IntTest isNull : Arrays.<IntTest>asList(i -> true, i -> false, i -> i == 0, i -> i == rows - 1, i -> i % 2 == 1)) {
        for (int perBlock : new int[] {1, 2, 5, 7, 8, 9, 64, 65}) {
          for (int n : new int[] {1, 5, 8, 9, 100}) {
            try (ResultSource source = source(rows(rows, isNull), perBlock, V10)) {
              List<List<Object>> all = new ArrayList<>();
              RowSet batch;
              do {
                batch = source.fetch(0, n);
                all.addAll(Decoded.rows(Decoded.rowSet(batch)));
              } while (batch.rowCount() > 0);
              for (int i = 0; i < rows; i++) {
                Check.equal("row " + i + " of " + rows, Arrays.asList(row(i, isNull.test(i), V10)), all.get(i));
              }
            }
          }
        }
      }
    }
  }

  private static void orientations() throws Exception {
    try (ResultSource source = source(rows(10, i -> false), 3, V10)) {
      Check.equal("next", 0L, first(source.fetch(0, 4)));
      Check.equal("next", 4L, first(source.fetch(0, 4)));
      Check.equal("prior", 0L, first(source.fetch(1, 4)));
      Check.equal("next after prior", 4L, first(source.fetch(0, 4)));
      Check.equal("next", 8L, first(source.fetch(0, 4)));
      Check.equal("end", 0L, source.fetch(0, 4).rowCount());
      Check.equal("prior from the end", 6L, first(source.fetch(1, 4)));
      Check.equal("first", 0L, first(source.fetch(4, 3)));
      Check.equal("next after first", 3L, first(source.fetch(0, 3)));
      Check.equal("no limit", 4L, source.fetch(0, -1).rowCount());
      for (int wrong : new int[] {2, 3, 5, 17}) {
        try {
          source.fetch(wrong, 1);
          throw new AssertionError("orientation " + wrong + " was accepted");
        } catch (UnsupportedFetchException e) {
          Check.equal("state", "HY106", e.sqlState());
        }
      }
    }
  }

  /** No reply passes 8 MiB, except when one row does, and nothing is lost. */
  private static void byteLimit() throws Exception {
    for (int protocol : new int[] {V10, V5}) {
      List<Object[]> rows = new ArrayList<>();
      char[] wide = new char[300000];
      Arrays.fill(wide, 'x');
      for (int i = 0; i < 100; i++) rows.add(row(i, false, V10));
      for (int i = 0; i < 100; i++) rows.add(new Object[] {true, (byte) 1, (short) 1, 1, 1L, 1.0, new String(wide), new byte[0]});
      char[] huge = new char[9 << 20];
      rows.add(new Object[] {true, (byte) 1, (short) 1, 1, 1L, 1.0, new String(huge), new byte[0]});
      rows.add(row(7, false, V10));
      try (ResultSource source = source(rows, 1000, protocol)) {
        int seen = 0;
        RowSet batch;
        do {
          batch = source.fetch(0, 0);
          byte[] bytes = Decoded.bytes(batch);
          int size = bytes.length;
          Check.that("a batch of " + batch.rowCount() + " rows has " + size + " bytes", size <= 8 << 20 || batch.rowCount() == 1);
          Check.equal("rows", (int) batch.rowCount(), Decoded.rows(Decoded.rowSet(bytes)).size());
          seen += batch.rowCount();
          Check.equal("more", seen < rows.size(), batch.hasMoreRows());
        } while (batch.rowCount() > 0);
        Check.equal("rows seen", rows.size(), seen);
      }
    }
  }

  private static void emptyBatchHasColumns() throws Exception {
    try (ResultSource source = FixedResults.lines("Result", new ArrayList<>(), V10)) {
      TRowSet decoded = Decoded.rowSet(source.fetch(0, 10));
      Check.equal("columns", 1, decoded.getColumnsSize());
      Check.equal("rows", 0, decoded.getRowsSize());
    }
  }

  private static void utf8() {
    String[] valid = {"", "a", "abcdefgh", "abcdefghé", "漢字", "😀", "\uFFFF", "\u0080\u07FF\u0800"};
    for (String text : valid) {
      byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      Check.that(text, Utf8.isValid(bytes, 0, bytes.length));
    }
    java.util.Random random = new java.util.Random(5);
    for (int i = 0; i < 200000; i++) {
      byte[] bytes = new byte[1 + random.nextInt(5)];
      random.nextBytes(bytes);
      if (i % 2 == 0) bytes[0] |= 0xC0;
      if (i % 4 == 0 && bytes.length > 1) bytes[1] = (byte) (bytes[1] & 0x3F | 0x80);
      boolean same = Arrays.equals(bytes, Decoded.utf8(bytes).getBytes(java.nio.charset.StandardCharsets.UTF_8));
      Check.equal(Arrays.toString(bytes), same, Utf8.isValid(bytes, 0, bytes.length));
    }
  }

  private static void floats() {
    for (int i = -1_100_000; i < 1_100_000; i++) sameFloat(i / 1000f);
    java.util.Random random = new java.util.Random(6);
    for (int i = 0; i < 300_000; i++) sameFloat(Float.intBitsToFloat(random.nextInt()));
    for (float value : new float[] {0f, -0f, Float.MIN_VALUE, Float.MAX_VALUE, 16777216f, Float.POSITIVE_INFINITY, Float.NaN}) {
      sameFloat(value);
    }
  }

  private static void sameFloat(float value) {
    double expected = Double.parseDouble(Float.toString(value));
    Check.equal("float " + value, Double.doubleToLongBits(expected), Double.doubleToLongBits(PrimitiveCells.widen(value)));
  }

  private interface IntTest {
    boolean test(int i);
  }

  private static List<Object[]> rows(int count, IntTest isNull) {
    List<Object[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) rows.add(row(i, isNull.test(i), V10));
    return rows;
  }

  /** One value of each kind; as read back, bytes look different. */
  private static Object[] row(int i, boolean isNull, int protocol) {
    if (isNull) return new Object[8];
    String text = "r" + i;
    return new Object[] {i % 2 == 0, (byte) i, (short) i, i, (long) i << 20, i / 4.0, text, new Bytes(text, protocol)};
  }

  /** Bytes that equal what {@link Decoded} makes of them. */
  private static final class Bytes {
    final String text;
    final int protocol;

    Bytes(String text, int protocol) {
      this.text = text;
      this.protocol = protocol;
    }

    @Override
    public boolean equals(Object other) {
      return other.equals(protocol < 5 ? text : "bytes " + Arrays.toString(text.getBytes()));
    }

    @Override
    public int hashCode() {
      return 0;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static long first(RowSet batch) throws Exception {
    TRowSet decoded = Decoded.rowSet(batch);
    Check.equal("offset", decoded.getStartRowOffset(), ((Integer) Decoded.rows(decoded).get(0).get(3)).longValue());
    return decoded.getStartRowOffset();
  }

  private static ResultSource source(List<Object[]> rows, int perBlock, int protocol) throws Exception {
    TTableSchema schema = new TTableSchema();
    TTypeId[] types = {
      TTypeId.BOOLEAN_TYPE, TTypeId.TINYINT_TYPE, TTypeId.SMALLINT_TYPE, TTypeId.INT_TYPE, TTypeId.BIGINT_TYPE,
      TTypeId.DOUBLE_TYPE, TTypeId.STRING_TYPE, TTypeId.BINARY_TYPE,
    };
    for (int i = 0; i < types.length; i++) schema.addToColumns(WireSchema.column("c" + i, types[i], i));
    return FixedResults.of(schema, rows, protocol, perBlock, space);
  }
}
