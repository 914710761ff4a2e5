package io.torii.engine.spark;

import java.lang.reflect.Method;
import java.util.Collections;
import java.util.List;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.StageInfo;
import scala.collection.JavaConverters;

/** The stages that a job announces: a Scala Seq whose type differs between Spark 3 and 4, so the getter is looked up once. */
public final class JobStages {
  private static final Method STAGES = find();

  private JobStages() {}

  @SuppressWarnings("unchecked")
  public static List<StageInfo> of(SparkListenerJobStart event) {
    try {
      return STAGES == null ? Collections.emptyList()
          : JavaConverters.seqAsJavaList((scala.collection.Seq<StageInfo>) STAGES.invoke(event));
    } catch (ReflectiveOperationException e) {
      return Collections.emptyList();
    }
  }

  private static Method find() {
    try {
      return SparkListenerJobStart.class.getMethod("stageInfos");
    } catch (NoSuchMethodException e) {
      // Progress then knows each stage only from its start on.
      return null;
    }
  }
}
