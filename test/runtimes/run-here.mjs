/** Runs the suite in a process: Node, Bun, Deno. Prints one line of JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore } from 'tierfall/stores/sqlite';
import { runSuite } from './suite.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tierfall-runtime-'));
process.stdout.write(`${JSON.stringify(await runSuite(createSqliteStore, folder))}\n`);
rmSync(folder, { recursive: true, force: true });
