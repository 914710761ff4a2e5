import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../../src/launch/child-environment.ts';

describe("an engine's environment", () => {
  it("has a small part of the gateway's", () => {
    const base = {
      PATH: '/bin',
      HOME: '/root',
      LC_ALL: 'C',
      TZ: 'UTC',
      JAVA_HOME: '/java',
      SPARK_CONF_DIR: '/conf',
      SPARK_HOME: '/wrong',
      AWS_SECRET_ACCESS_KEY: 'x',
      TORII_SECRET: 'x',
      HADOOP_CONF_DIR: '/h',
      NODE_OPTIONS: '--inspect',
      LD_PRELOAD: 'x',
    };
    expect(childEnvironment(base, new Map(), { sparkHome: '/spark', javaHome: undefined })).toEqual(
      {
        PATH: '/bin',
        HOME: '/root',
        LC_ALL: 'C',
        TZ: 'UTC',
        JAVA_HOME: '/java',
        SPARK_CONF_DIR: '/conf',
        SPARK_HOME: '/spark',
      },
    );
  });

  it('has what the settings ask for, above all else', () => {
    const settings = new Map([
      ['kyuubi.engineEnv.JAVA_HOME', '/session'],
      ['kyuubi.engineEnv.HADOOP_CONF_DIR', '/h'],
      ['spark.x', '1'],
    ]);
    const installation = { sparkHome: '/spark', javaHome: '/torii' };
    expect(childEnvironment({ JAVA_HOME: '/base' }, settings, installation)).toEqual({
      SPARK_HOME: '/spark',
      JAVA_HOME: '/session',
      HADOOP_CONF_DIR: '/h',
    });
  });

  it("names its cluster's files in both of Hadoop's ways, and never the gateway's own", () => {
    const installation = { sparkHome: '/spark', javaHome: undefined, hadoopConfDir: '/cluster' };
    const base = { HADOOP_CONF_DIR: '/gateway', YARN_CONF_DIR: '/gateway' };
    expect(childEnvironment(base, new Map(), installation)).toEqual({
      SPARK_HOME: '/spark',
      HADOOP_CONF_DIR: '/cluster',
      YARN_CONF_DIR: '/cluster',
    });
  });

  it.each(['kyuubi.engineEnv.', 'kyuubi.engineEnv.A=B', 'kyuubi.engineEnv.1A'])(
    'refuses %s',
    (key) => {
      const installation = { sparkHome: '/spark', javaHome: undefined };
      expect(() => childEnvironment({}, new Map([[key, 'x']]), installation)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );
});
