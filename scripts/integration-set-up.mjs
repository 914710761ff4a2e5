// @ts-check
import { ensureEngineJar, ensureJava, ensureSpark } from './provision.mjs';

/** Vitest runs this once before the integration tests, whose processes inherit the environment. */
export async function setup() {
  const java = await ensureJava();
  process.env.JAVA_HOME = java.home;
  process.env.SPARK_HOME = await ensureSpark();
  process.env.TORII_ENGINE_JAR ||= await ensureEngineJar({ sparkHome: process.env.SPARK_HOME });
}
