import { describe, expect, it } from 'vitest';
import { jobTags, readJobTags } from '../../../../src/launch/yarn/job-tags.ts';
import { fleet, tag } from './application.ts';

const owner = { user: 'alice', group: undefined, session: 's-1', preset: undefined };

describe('the tags of a job', () => {
  it('name launch, fleet and owner', () => {
    expect(jobTags({ tag, fleet, owner }, [])).toEqual({
      tags: [
        'KYUUBI',
        tag,
        `torii-launch-${tag}`,
        `torii-fleet-${fleet}`,
        'torii-user-alice',
        'torii-session-s-1',
      ],
      leftOut: [],
    });
  });

  it.each(['alice', 'Alice', 'Müller, Ä.', 'a%b~c', 'DOMAIN\\bob', 'x@y.z', '用户'])(
    'bring %s back, although YARN makes them lower case',
    (user) => {
      const { tags } = jobTags({ tag, fleet, owner: { ...owner, user, group: user } }, []);
      const joined = tags.join(',').toLowerCase();
      expect(readJobTags(joined, fleet)).toEqual({
        tag,
        owner: { user, group: user, session: 's-1' },
      });
      for (const each of tags) expect(each).toMatch(/^[\u0021-\u002b\u002d-\u007e]{1,100}$/);
    },
  );

  it("can't be forged by a session's own tags, by which one's engine would count as another's", () => {
    const forged = ['torii-launch-other', 'TORII-user-bob', `torii-group-x`];
    const { tags, leftOut } = jobTags({ tag, fleet, owner }, ['mine', ...forged]);
    expect(tags).toContain('mine');
    expect(leftOut).toEqual(forged);
    const reversed = tags.toReversed().join(',').toLowerCase(); // YARN keeps no order
    expect(readJobTags(reversed, fleet)).toEqual({ tag, owner: { user: 'alice', session: 's-1' } });
  });

  it('stay within 100 characters, and apart from each other, for names that are too long', () => {
    const long = 'ä'.repeat(60);
    const tagsOf = (user: string) => jobTags({ tag, fleet, owner: { ...owner, user } }, []).tags;
    const [one, other] = [tagsOf(long), tagsOf(`${long}b`)].map((tags) => tags[4] ?? '');
    expect(one?.length).toBeLessThanOrEqual(100);
    expect(one).not.toBe(other);
    expect(readJobTags(tagsOf(long).join(','), fleet)?.owner).toEqual({ session: 's-1' });
  });

  it('leave out what YARN would not take', () => {
    const wanted = ['a', 'ü', 'x'.repeat(101), 'a', 'b', 'c', 'd', 'KYUUBI'];
    const { tags, leftOut } = jobTags({ tag, fleet, owner }, wanted);
    expect(tags.slice(6)).toEqual(['a', 'b', 'c', 'd']);
    expect(leftOut).toEqual(['ü', 'x'.repeat(101)]);
    const full = jobTags({ tag, fleet, owner: { ...owner, group: 'g', preset: 'p' } }, wanted);
    expect(full.tags).toHaveLength(10);
    expect(full.leftOut).toEqual(['ü', 'x'.repeat(101), 'c', 'd']);
  });
});
