package io.torii.engine.spark;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import scala.collection.immutable.Nil$;

/**
 * Makes a query of literals alone, such as the `select 1` by which pools and drivers test a connection, a local relation as
 * soon as it is resolved: the optimizer, which would come to the same, takes half of such a statement's time.
 */
final class LiteralRowRule extends Rule<LogicalPlan> {
  private static final long serialVersionUID = 1L;

  /** Its parameters differ between versions, but begin with output, data and whether it is a stream. */
  private static final Constructor<?> LOCAL_RELATION = LocalRelation.class.getConstructors()[0];

  private static final Method PROJECT_LIST = getter("projectList");
  private static final Method OUTPUT = getter("output");

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (!(plan instanceof Project) || !(((Project) plan).child() instanceof OneRowRelation)) {
      return plan;
    }
    try {
      List<NamedExpression> expressions = ScalaSeqs.list(PROJECT_LIST.invoke(plan));
      Object[] values = new Object[expressions.size()];
      for (int i = 0; i < values.length; i++) {
        NamedExpression expression = expressions.get(i);
        if (!(expression instanceof Alias) || !(((Alias) expression).child() instanceof Literal)) {
          return plan;
        }
        values[i] = ((Literal) ((Alias) expression).child()).value();
      }
      return localRelation(OUTPUT.invoke(plan), values);
    } catch (Exception e) {
      return plan; // it runs all the same
    }
  }

  private static LogicalPlan localRelation(Object output, Object[] values) throws Exception {
    Object[] arguments = new Object[LOCAL_RELATION.getParameterCount()];
    arguments[0] = output;
    arguments[1] = Nil$.MODULE$.$colon$colon(new GenericInternalRow(values));
    arguments[2] = false;
    for (int i = 3; i < arguments.length; i++) {
      arguments[i] = scala.Option.empty();
    }
    return (LogicalPlan) LOCAL_RELATION.newInstance(arguments);
  }

  private static Method getter(String name) {
    try {
      return Project.class.getMethod(name);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }
}
