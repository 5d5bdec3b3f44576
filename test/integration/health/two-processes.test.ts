import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../chaos/targets.js';
import { clearServers, sharedTargets, uniqueName } from '../../stores/servers.js';
import { bundleProgram, soon, startMember, type Member } from '../../support/members.js';

/** Monitors in processes of their own, on one store: they count together, pause together, and one survives the other. */
describe('monitors that share a store', () => {
  const name = uniqueName('health');
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-health-'));
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

  async function start(target: Target): Promise<Member> {
    const member = await startMember(script, target);
    members.push(member);
    return member;
  }

  for (const { target, isThere, note } of sharedTargets(name, folder)) {
    test.skipIf(!isThere)(`${target.kind}${note}`, { timeout: 60_000 }, async () => {
      const [one, other] = [await start(target), await start(target)];
      for (const member of [one, other]) await member.ask('down');
      // Neither has seen six failures by itself.
      for (let each = 0; each < 3; each++) for (const member of [one, other]) await member.ask('call');
      for (const member of [one, other]) {
        await soon(async () => expect(await member.ask('pauses')).toEqual(['health six']));
        expect(await member.ask('call')).toBe('TIERFALL_PAUSED');
      }
      const told = [...one.lines, ...other.lines].filter((line) => line.startsWith('told paused'));
      expect(told.filter((line) => line.endsWith('local'))).toHaveLength(1);
      expect([await one.ask('asked'), await other.ask('asked')]).toEqual([3, 3]);

      one.child.kill('SIGKILL');
      await other.ask('up');
      await soon(async () => expect(await other.ask('call')).toBe('ok'));
      expect(await other.ask('pauses')).toEqual([]);
      expect(other.lines).toContain('told resumed health local');
    });
  }
});
