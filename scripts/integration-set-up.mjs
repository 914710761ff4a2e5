// @ts-check
import { ensureEngineJar, ensureJava, ensureSpark } from './provision.mjs';

/**
 * Vitest runs this once before the integration tests, whose processes inherit the environment. SPARK_HOME is not set: it
 * would turn the spark-submit of any other Spark that a test starts into this one's.
 */
export async function setup() {
  const java = await ensureJava();
  process.env.JAVA_HOME = java.home;
  const sparkHome = await ensureSpark();
  process.env.TORII_ENGINE_JAR ||= await ensureEngineJar({ sparkHome });
}
