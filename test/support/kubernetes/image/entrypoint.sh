#!/bin/bash
# The entry point of the Spark image: "driver ARGUMENTS" runs spark-submit in client mode, "executor" runs an executor as
# the SPARK_* variables of its pod say, and anything else is run as it is.
set -eu

# The addresses of these pods are loopback ones, which Spark would pass over.
SPARK_LOCAL_IP=$(hostname -i)
export SPARK_LOCAL_IP

role=${1:-}
case "$role" in
driver)
  shift
  exec "$SPARK_HOME/bin/spark-submit" \
    --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
    --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" \
    --deploy-mode client "$@"
  ;;
executor)
  options=()
  count=0
  while name="SPARK_JAVA_OPT_$count" && [ -n "${!name+set}" ]; do
    options+=("${!name}")
    count=$((count + 1))
  done
  class_path="$SPARK_HOME/jars/*"
  [ -z "${SPARK_EXTRA_CLASSPATH:-}" ] || class_path="$SPARK_EXTRA_CLASSPATH:$class_path"
  exec "$JAVA_HOME/bin/java" "${options[@]}" \
    "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" -cp "$class_path" \
    org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
    --driver-url "$SPARK_DRIVER_URL" \
    --executor-id "$SPARK_EXECUTOR_ID" \
    --cores "$SPARK_EXECUTOR_CORES" \
    --app-id "$SPARK_APPLICATION_ID" \
    --hostname "$SPARK_EXECUTOR_POD_IP" \
    --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" \
    --podName "$SPARK_EXECUTOR_POD_NAME"
  ;;
*)
  exec "$@"
  ;;
esac
