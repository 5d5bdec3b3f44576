import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Target } from '../../chaos/targets.js';
import {
  databaseUrl,
  deleteKeys,
  dropSchemas,
  postgresServer,
  redisServer,
  redisUrl,
  uniqueName,
} from '../../stores/servers.js';

interface Member {
  child: ChildProcess;
  lines: string[];
  /** Gives an order and waits for its answer. */
  ask: (order: string) => Promise<unknown>;
}

const soon = <T>(look: () => T) => vi.waitFor(look, { timeout: 15_000, interval: 20 });

/** Monitors in processes of their own, on one store: they count together, pause together, and one survives the other. */
describe('monitors that share a store', () => {
  const name = uniqueName('health');
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-health-'));
  const script = join(folder, 'member.cjs');
  const members: Member[] = [];

  beforeAll(async () => {
    const sources: Record<string, string> = {
      tierfall: 'index.ts',
      'tierfall/health': 'health/index.ts',
      'tierfall/stores/sqlite': 'stores/sqlite.ts',
      'tierfall/stores/redis': 'stores/redis.ts',
      'tierfall/stores/postgres': 'stores/postgres.ts',
    };
    await build({
      entryPoints: [fileURLToPath(new URL('member.ts', import.meta.url))],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['pg-native', 'pg-cloudflare'],
      alias: Object.fromEntries(
        Object.entries(sources).map(([entry, file]) => [
          entry,
          fileURLToPath(new URL(`../../../src/${file}`, import.meta.url)),
        ]),
      ),
      logLevel: 'error',
    });
  });
  afterEach(() => {
    for (const { child } of members.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    if (redisServer.isThere) {
      const client = new Redis(redisUrl);
      await deleteKeys(client, name);
      client.disconnect();
    }
    if (postgresServer.isThere) {
      const pool = new Pool({ connectionString: databaseUrl });
      await dropSchemas(pool, name);
      await pool.end();
    }
  });

  async function start(target: Target): Promise<Member> {
    const child = spawn(process.execPath, [script, JSON.stringify(target)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const ask = async (order: string): Promise<unknown> => {
      const from = lines.length;
      child.stdin.write(`${order}\n`);
      return soon(() => {
        const line = lines.slice(from).find((each) => each.startsWith(`${order} `));
        if (line === undefined) throw new Error(`no answer to ${order}`);
        return JSON.parse(line.slice(order.length + 1)) as unknown;
      });
    };
    const member: Member = { child, lines, ask };
    members.push(member);
    await soon(() => expect(lines).toContain('ready'));
    return member;
  }

  const targets = [
    { target: { kind: 'sqlite', path: join(folder, 'store.db') } satisfies Target, isThere: true, note: '' },
    { target: { kind: 'redis', url: redisUrl, prefix: `${name}:` } satisfies Target, ...redisServer },
    { target: { kind: 'postgres', url: databaseUrl, schema: name } satisfies Target, ...postgresServer },
  ];
  for (const { target, isThere, note } of targets) {
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
      await vi.waitFor(async () => expect(await other.ask('call')).toBe('ok'), { timeout: 20_000, interval: 100 });
      expect(await other.ask('pauses')).toEqual([]);
      expect(other.lines).toContain('told resumed health local');
    });
  }
});
