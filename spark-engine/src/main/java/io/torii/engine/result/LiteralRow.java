package io.torii.engine.result;

import io.torii.engine.spark.ScalaSeqs;
import java.lang.reflect.Method;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/** A query of literals alone, such as the `select 1` by which pools and drivers test a connection: its row stands in its text. */
final class LiteralRow {

  private static final Method PROJECT_LIST = find();

  private LiteralRow() {}

  /** The row, or null when the plan is of another kind. */
  static InternalRow of(LogicalPlan analyzed) throws Exception {
    if (!(analyzed instanceof Project) || !(((Project) analyzed).child() instanceof OneRowRelation)) return null;
    List<NamedExpression> expressions = ScalaSeqs.list(PROJECT_LIST.invoke(analyzed));
    Object[] values = new Object[expressions.size()];
    for (int i = 0; i < values.length; i++) {
      NamedExpression expression = expressions.get(i);
      if (!(expression instanceof Alias) || !(((Alias) expression).child() instanceof Literal)) return null;
      values[i] = ((Literal) ((Alias) expression).child()).value();
    }
    return new GenericInternalRow(values);
  }

  private static Method find() {
    try {
      return Project.class.getMethod("projectList");
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }
}
