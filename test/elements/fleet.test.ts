import { spawn, type ChildProcess } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deleteKeys, redisServer, redisUrl, uniqueName } from '../stores/servers.js';
import {
  packPackage,
  repository,
  runCommand,
  tryCommand,
  type PackedPackage,
  type Project,
} from '../support/packed-package.js';
import { browserIsThere, browserNote, launch, openTab, openAs } from './support/browser.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let packed: PackedPackage;
let project: Project;
beforeAll(async () => {
  packed = await packPackage();
  const { dependencies, devDependencies, peerDependencies } = packed.manifest;
  project = await packed.install('project', Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }));
  await cp(
    join(repository, 'test', 'elements', 'support', 'operator-process.ts'),
    join(project.folder, 'operator-process.ts'),
  );
});
afterAll(() => packed[Symbol.asyncDispose]());

describe.runIf(browserIsThere && redisServer.isThere)(
  `two server processes on one Redis${browserNote}${redisServer.note}`,
  () => {
    const prefix = `${uniqueName('operator')}:`;
    const token = 'fleet-token-0123456789';
    const processes: ChildProcess[] = [];
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(async () => {
      for (const each of processes) each.kill();
      await browser.close();
      const client = new Redis(redisUrl);
      await deleteKeys(client, prefix);
      client.disconnect();
    });

    async function start(): Promise<string> {
      const started = spawn(process.execPath, ['operator-process.ts', redisUrl, prefix, token], {
        cwd: project.folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      processes.push(started);
      const port = await new Promise<string>((resolve) =>
        started.stdout.once('data', (data) => resolve(String(data).trim())),
      );
      return `http://127.0.0.1:${port}`;
    }

    it('show an action on one on the other’s page within a second', async () => {
      const [one, other] = [await start(), await start()];
      const tabs = [await openTab(browser), await openTab(browser)];
      await openAs(tabs[0]!.page, one, token);
      await openAs(tabs[1]!.page, other, token);
      await tabs[1]!.page.getByText('Live', { exact: true }).waitFor();
      const pause = await fetch(`${one}/instances/inbox-triage/pause`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"reason":"here"}',
      });
      expect(pause.status).toBe(200);
      for (const { page } of tabs) await page.getByRole('row', { name: '✕ paused by dana' }).waitFor({ timeout: 1000 });
      await tabs[1]!.page.getByRole('row', { name: 'inbox-triage' }).getByRole('button', { name: 'Resume' }).click();
      await tabs[1]!.page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
      await tabs[0]!.page.getByRole('row', { name: '① tier 1 of 3' }).waitFor({ timeout: 2000 });
      expect(tabs.flatMap(({ problems }) => problems)).toEqual([]);
    });
  },
);

describe('the command of the packed package', () => {
  const bin = () => join(project.installed, 'dist', 'cli', 'index.js');

  it('prints its help and its version', async () => {
    const help = await runCommand(process.execPath, [bin(), '--help'], project.folder);
    expect(help).toContain('Usage: tierfall COMMAND');
    expect(await runCommand(process.execPath, [bin(), '--version'], project.folder)).toMatch(/^\d+\.\d+\.\d+\n$/u);
  });

  it('ends with 64 where it is called wrongly', async () => {
    expect(await tryCommand(process.execPath, [bin(), 'nothing'], project.folder)).toMatchObject({ code: 64 });
  });

  it('does not mind a reader that has gone', async () => {
    const script = `${JSON.stringify(process.execPath)} ${JSON.stringify(bin())} --help | head -n 1`;
    const { code, output } = await tryCommand('bash', ['-o', 'pipefail', '-c', script], project.folder);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^tierfall: /u) });
    expect(output.split('\n')).toHaveLength(2);
  });
});
