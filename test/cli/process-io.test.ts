import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ioOf } from '../../src/cli/process-io.js';

/** A process that writes into lists. */
function processOf({
  input = '',
  isTTY = false,
  env = {},
}: {
  input?: string;
  isTTY?: boolean;
  env?: Record<string, string>;
}) {
  const written: string[] = [];
  const exits: number[] = [];
  const output = () => Object.assign(new EventEmitter(), { isTTY, write: (text: string) => written.push(text) });
  const stdin = Object.assign(Readable.from(input === '' ? [] : (input.match(/.{1,1000000}/gsu) ?? [])), { isTTY });
  const [stdout, stderr] = [output(), output()];
  const io = ioOf({
    argv: ['node', 'tierfall', 'status'],
    env,
    stdin,
    stdout,
    stderr,
    exit: (code) => void exits.push(code),
  });
  return { io, written, exits, stdout, stderr };
}

describe('the command as a process', () => {
  it('has colours on a terminal, unless NO_COLOR asks for none', () => {
    expect(processOf({ isTTY: true }).io.hasColours).toBe(true);
    expect(processOf({ isTTY: true, env: { NO_COLOR: '' } }).io.hasColours).toBe(true);
    expect(processOf({ isTTY: true, env: { NO_COLOR: '1' } }).io.hasColours).toBe(false);
    expect(processOf({}).io.hasColours).toBe(false);
  });

  it('takes its arguments, and writes what is told', async () => {
    const { io, written } = processOf({});
    io.out('out');
    io.error('error');
    await io.sleep(0);
    expect([io.argv, written]).toEqual([['status'], ['out', 'error']]);
    expect(Math.abs(io.now() - Date.now())).toBeLessThan(10_000);
  });

  it('reads what is piped in, no further than the classifier does, and waits for nobody at a terminal', async () => {
    expect(await processOf({ input: 'an error' }).io.readInput()).toBe('an error');
    expect(await processOf({ input: 'typed', isTTY: true }).io.readInput()).toBe('');
    expect(await processOf({ input: 'x'.repeat(5_000_000) }).io.readInput()).toHaveLength(3_000_000);
  });

  it('ends well where its reader has gone, and with 1 where it cannot write', () => {
    const { exits, stdout, stderr } = processOf({});
    stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    stdout.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }));
    stderr.emit('error', new Error('gone'));
    expect(exits).toEqual([0, 1]);
  });
});
