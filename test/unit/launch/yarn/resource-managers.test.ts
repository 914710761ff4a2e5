import { beforeEach, describe, expect, it } from 'vitest';
import { Applications } from '../../../../src/launch/yarn/applications.ts';
import { ResourceManagers } from '../../../../src/launch/yarn/resource-managers.ts';
import { application, fleet, tag } from './application.ts';
import { FakeManager } from './fake-manager.ts';

const one = 'http://rm1:8088';
const two = 'http://rm2:8088';
const signal = new AbortController().signal;

let fake: FakeManager;
let applications: Applications;

beforeEach(() => {
  fake = new FakeManager();
  fake.applications = [application({})];
  applications = new Applications(
    new ResourceManagers({ addresses: [one, `${two}/`], user: 'torii', fetch: fake.fetch }),
  );
});

describe('the resource managers of a cluster', () => {
  it('are asked for a fleet with one list', async () => {
    expect(await applications.ofFleet(fleet, signal)).toHaveLength(1);
    expect(await applications.ofFleet('other', signal)).toEqual([]);
    expect(fake.asked[0]).toBe(
      `GET ${one}/ws/v1/cluster/apps?applicationTags=torii-fleet-${fleet}&user.name=torii`,
    );
    expect(fake.asked).toHaveLength(2);
  });

  it('are asked until one is active, and that one first the next time', async () => {
    fake.standby.add(one);
    await applications.ofLaunch(tag, signal);
    await applications.ofLaunch(tag, signal);
    expect(fake.asked.map((line) => line.slice(0, 20))).toEqual([
      `GET ${one}/`,
      `GET ${two}/`,
      `GET ${two}/`,
    ]);
  });

  it('are unreachable when all of them are, each for its own reason', async () => {
    fake.standby.add(one);
    fake.away.add(two);
    await expect(applications.ofFleet(fleet, signal)).rejects.toThrow(
      `no active resource manager answers: ${one}: it is a standby; ${two}/: connect ECONNREFUSED`,
    );
  });

  it('are unreachable where something else answers in their place', async () => {
    fake.refusal = { status: 200, body: '<html>' };
    await expect(applications.ofFleet(fleet, signal)).rejects.toThrow('is it a resource manager?');
    fake.refusal = { status: 503, body: '' };
    await expect(applications.ofFleet(fleet, signal)).rejects.toThrow('it answers 503');
  });

  it('that send without end are given up, and the transfer is ended', async () => {
    let isEnded = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(0x20)),
      cancel: () => {
        isEnded = true;
      },
    });
    const managers = new ResourceManagers({
      addresses: [one],
      user: 'torii',
      maxAnswerBytes: 10_000,
      fetch: () => Promise.resolve(new Response(endless)),
    });
    await expect(new Applications(managers).ofFleet(fleet, signal)).rejects.toThrow(
      'its answer has more than 10000 bytes',
    );
    expect(isEnded).toBe(true);
  });

  it.each([
    [401, '', 'the resource manager wants its REST callers authenticated'],
    [403, '{"RemoteException":{"message":"User bob may not"}}', 'User bob may not'],
    [400, 'what?', 'it answers 400'],
  ])('say no with %i: %s', async (status, body, message) => {
    fake.refusal = { status, body };
    const asked = applications.ofFleet(fleet, signal);
    await expect(asked).rejects.toMatchObject({ name: 'ManagerRefusal', status });
    await expect(asked).rejects.toThrow(message);
    expect(fake.asked).toHaveLength(1);
  });

  it('end an application, and forget those that they do not know', async () => {
    await applications.kill('application_1_0001', signal);
    await applications.kill('application_9_9999', signal);
    expect(await applications.one('application_9_9999', signal)).toBeUndefined();
    expect(await applications.one('application_1_0001', signal)).toMatchObject({ user: 'alice' });
    expect(fake.asked[0]).toBe(
      `PUT ${one}/ws/v1/cluster/apps/application_1_0001/state?user.name=torii {"state":"KILLED"}`,
    );
  });

  it('are not asked on when nobody wants the answer any more', async () => {
    const gone = new AbortController();
    fake.away.add(one);
    gone.abort(new Error('gone'));
    await expect(applications.ofFleet(fleet, gone.signal)).rejects.toThrow('gone');
    expect(fake.asked).toHaveLength(1);
  });
});
