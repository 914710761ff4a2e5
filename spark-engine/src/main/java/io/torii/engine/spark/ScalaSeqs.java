package io.torii.engine.spark;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Calls Spark's methods that take or give a Seq, which is another type on Scala 2.12 than on 2.13: only by name. */
public final class ScalaSeqs {

  private ScalaSeqs() {}

  /** Calls a public method that gives a Seq; the arguments are those of exactly one method of this name. */
  public static Object call(Object target, String method, Object... arguments) throws Exception {
    for (Method candidate : target.getClass().getMethods()) {
      if (!candidate.getName().equals(method) || !accepts(candidate.getParameterTypes(), arguments)) continue;
      try {
        return candidate.invoke(target, arguments);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof Error) throw (Error) e.getCause();
        throw (Exception) e.getCause();
      }
    }
    throw new NoSuchMethodException(target.getClass().getName() + "." + method);
  }

  @SuppressWarnings("unchecked")
  public static <T> List<T> list(Object seq) {
    return new ArrayList<>(JavaConverters.seqAsJavaList((Seq<T>) seq));
  }

  /** A Seq of whichever type this Scala means by it. */
  public static Object seq(List<?> list) throws Exception {
    return call(JavaConverters.asScalaBuffer(list), "toSeq");
  }

  private static boolean accepts(Class<?>[] parameters, Object[] arguments) {
    if (parameters.length != arguments.length) return false;
    for (int i = 0; i < parameters.length; i++) {
      boolean flag = parameters[i] == boolean.class && arguments[i] instanceof Boolean;
      if (!flag && !parameters[i].isInstance(arguments[i])) return false;
    }
    return true;
  }
}
