#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { main } from './main.js';

/** A reader that has gone, such as `head`, is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => undefined);

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) return '';
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    // The classifier reads no further either.
    if (text.length > 2_000_000) break;
  }
  return text;
}

async function version(): Promise<string> {
  const { version: own }: { version: string } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return own;
}

process.exitCode = await main(
  {
    argv: process.argv.slice(2),
    env: process.env,
    hasColours: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    now: Date.now,
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    readInput,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  },
  await version(),
);
