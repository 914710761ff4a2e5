package io.torii.engine.result;

import java.util.Iterator;
import org.apache.spark.sql.catalyst.InternalRow;

/** A task's rows as Java iterates. Ours, since the Scala library's own bridges differ between 2.12 and 2.13. */
final class JavaRows implements Iterator<InternalRow> {

  private final scala.collection.Iterator<InternalRow> rows;

  JavaRows(scala.collection.Iterator<InternalRow> rows) {
    this.rows = rows;
  }

  @Override
  public boolean hasNext() {
    return rows.hasNext();
  }

  @Override
  public InternalRow next() {
    return rows.next();
  }
}
