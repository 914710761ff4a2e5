package io.torii.engine.result;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.runtime.AbstractFunction1;

/** What a task does with its partition: all its rows, or the first ones, become blocks. */
final class PartitionEncoder extends AbstractFunction1<scala.collection.Iterator<InternalRow>, byte[][]>
    implements Serializable {

  private static final long serialVersionUID = 1L;

  private final RowEncoder encoder;
  private final long maxRows;

  PartitionEncoder(RowEncoder encoder, long maxRows) {
    this.encoder = encoder;
    this.maxRows = maxRows;
  }

  @Override
  public byte[][] apply(scala.collection.Iterator<InternalRow> rows) {
    List<byte[]> blocks = new ArrayList<>();
    Iterator<byte[]> encoded = encoder.encode(new JavaRows(rows), maxRows);
    while (encoded.hasNext()) blocks.add(encoded.next());
    return blocks.toArray(new byte[0][]);
  }
}
