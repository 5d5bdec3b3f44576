#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { main } from './main.js';
import { ioOf } from './process-io.js';

async function version(): Promise<string> {
  const { version: own }: { version: string } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return own;
}

process.exitCode = await main(ioOf(process), await version());
