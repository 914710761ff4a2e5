package io.torii.engine.result;

import io.torii.engine.spark.ScalaSeqs;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.codegen.CodeGenerator;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;

/**
 * A plan whose last stage is generated code, made to encode its own rows: a filter at its end, whose condition puts each
 * column's value into a {@link ColumnSink} and holds when a block is full. So no row is written in Spark's binary form, only
 * to be read again.
 */
final class StagePlan {

  private static final Constructor<?> INVOKE = Invoke.class.getConstructors()[0];
  private static final Constructor<?> PROJECT = ProjectExec.class.getConstructors()[0];

  /** Java leaves larger methods uncompiled, which makes them many times slower. */
  private static final int LARGEST_METHOD = 8000;

  /** So few columns make the stage's method little larger than Spark's own code for writing a row. */
  private static final int FEW_COLUMNS = 10;

  /** With so many it is too large. */
  private static final int MANY_COLUMNS = 60;

  private StagePlan() {}

  /**
   * Null where the plan does not end with generated code, a column has no sink, or the code would be too large. The active
   * session has to be set.
   */
  static SparkPlan of(SparkPlan plan, RowEncoder encoder) throws Exception {
    if (!(plan instanceof WholeStageCodegenExec)) return null;
    ColumnSink[] sinks = encoder.sinks();
    if (sinks == null || sinks.length >= MANY_COLUMNS) return null;
    WholeStageCodegenExec stage = (WholeStageCodegenExec) plan;
    List<Attribute> columns = ScalaSeqs.list(ScalaSeqs.call(plan, "output"));
    Expression atEnd = call(new RowSink(), "endRow", Collections.emptyList());
    for (int i = sinks.length - 1; i >= 0; i--) atEnd = new And(put(sinks[i], columns.get(i)), atEnd);
    SparkPlan encoding = new FilterExec(atEnd, stage.child());
    Object nothing = ScalaSeqs.seq(Collections.emptyList());
    SparkPlan unseen = (SparkPlan) PROJECT.newInstance(nothing, encoding);
    WholeStageCodegenExec result = new WholeStageCodegenExec(unseen, stage.codegenStageId());
    return sinks.length <= FEW_COLUMNS || isCompiled(result) ? result : null;
  }

  private static boolean isCompiled(WholeStageCodegenExec stage) throws Exception {
    return CodeGenerator.compile(stage.doCodeGen()._2())._2().maxMethodCodeSize() <= LARGEST_METHOD;
  }

  private static Expression put(ColumnSink sink, Attribute column) throws Exception {
    if (!column.nullable()) return call(sink, "put", Arrays.asList(new Literal(false, DataTypes.BooleanType), column));
    return call(sink, "put", Arrays.asList(new IsNull(column), new KnownNotNull(column))); // or null would skip the call
  }

  private static Expression call(Object target, String method, List<? extends Expression> arguments) throws Exception {
    Literal object = new Literal(target, new ObjectType(target.getClass()));
    Object anyTypes = ScalaSeqs.seq(new ArrayList<>());
    boolean propagatesNull = false;
    boolean returnsNull = false;
    boolean isDeterministic = true;
    return (Expression) INVOKE.newInstance(
        object, method, DataTypes.BooleanType, ScalaSeqs.seq(arguments), anyTypes, propagatesNull, returnsNull, isDeterministic);
  }
}
