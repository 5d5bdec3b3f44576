import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../chaos/targets.js';
import { clearServers, sharedTargets, uniqueName } from '../../stores/servers.js';
import { bundleProgram, soon, startMember, type Member } from '../../support/members.js';

/** Failovers in processes of their own, on one store. */
describe('processes that share a store', () => {
  const name = uniqueName('processes');
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-processes-'));
  const script = join(folder, 'member.cjs');
  const members: Member[] = [];

  beforeAll(() => bundleProgram(new URL('member.ts', import.meta.url), script));
  afterEach(() => {
    for (const { child } of members.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await clearServers(name);
  });

  async function start(target: Target, chain = ['a/1', 'b/2']): Promise<Member> {
    const member = await startMember(script, target, chain);
    members.push(member);
    return member;
  }

  /** A place of its own, beside the target's. */
  const fresh = (target: Target): Target => {
    if (target.kind === 'sqlite') return { ...target, path: join(folder, 'chain.db') };
    return target.kind === 'redis' ? { ...target, prefix: `${name}-chain:` } : { ...target, schema: `${name}_chain` };
  };

  for (const { target, isThere, note, tells } of sharedTargets(name, folder)) {
    test.skipIf(!isThere)(`${target.kind}${note}`, { timeout: 60_000 }, async () => {
      const [one, other] = [await start(target), await start(target)];
      await one.ask('fail');
      // Where the store tells, nothing is asked of the other process; elsewhere its next call finds out.
      if (tells) await soon(() => expect(other.lines).toContain('told 0 -> 1 remote'));
      else await soon(async () => expect(await other.ask('tier')).toBe(1));
      expect(other.lines).toContain('told 0 -> 1 remote');
      await one.ask('pause');
      one.child.kill('SIGKILL');
      if (tells) await soon(() => expect(other.lines).toContain('told paused by ann remote'));
      else await soon(async () => expect(await other.ask('pausedBy')).toBe('ann'));
      expect(other.lines.filter((line) => line.startsWith('told'))).toEqual([
        'told 0 -> 1 remote',
        'told paused by ann remote',
      ]);
      // A third that begins later finds what the dead one left.
      const third = await start(target);
      expect(await third.ask('pausedBy')).toBe('ann');
      expect(await third.ask('rows')).toEqual(['tier-failed', 'tier-change', 'paused']);
    });

    test.skipIf(!isThere)(`a new chain on ${target.kind}${note}`, { timeout: 60_000 }, async () => {
      const place = fresh(target);
      const [one, other] = [await start(place), await start(place)];
      expect([await one.ask('run'), await other.ask('run')]).toEqual(['a/1', 'a/1']);
      expect(await one.ask('update')).toBe('done');
      expect(await one.ask('run')).toBe('c/3');
      // Where the store tells, nothing is asked of the other process; elsewhere its next call finds out.
      if (tells) await soon(async () => expect(await other.ask('chain')).toEqual(['c/3', 'a/1']));
      await soon(async () => expect(await other.ask('run')).toBe('c/3'));
      expect(other.lines.filter((line) => line.startsWith('told'))).toEqual(['told version 1 by ann remote']);
      // Two at once, made for the same version.
      const raced = await Promise.all([one.ask('race'), other.ask('race')]);
      expect(raced.toSorted()).toEqual(['TIERFALL_CONFIG_CONFLICT', 'done']);
      const winner = raced[0] === 'done' ? one : other;
      for (const each of [one, other])
        await soon(async () => expect(await each.ask('run')).toBe(`${winner.child.pid}/1`));
      // A restart with the same code goes on with it, a deployment of another chain with that.
      one.child.kill('SIGKILL');
      expect(await (await start(place)).ask('run')).toBe(`${winner.child.pid}/1`);
      const deployed = await start(place, ['d/4', 'a/1']);
      expect(await deployed.ask('run')).toBe('d/4');
      expect(await other.ask('run')).toBe(`${winner.child.pid}/1`);
    });
  }
});
