import { execFileSync, spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server of this test alone: it may be stopped, frozen and filled. */
export interface OwnServer {
  port: number;
  start: () => Promise<void>;
  /** As a crash does it. */
  kill: () => Promise<void>;
  /** Holds it still with its connections open. */
  freeze: () => void;
  thaw: () => void;
  /** Kills it and deletes its data. */
  dispose: () => Promise<void>;
}

const postgresFolder = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim();
export const hasRedisBinary = spawnSync('redis-server', ['--version']).status === 0;
export const hasPostgresBinary = Boolean(postgresFolder) && spawnSync(binary('initdb'), ['--version']).status === 0;
if (process.env['CI'] === 'true' && !(hasRedisBinary && hasPostgresBinary)) {
  throw new Error('CI must have redis-server and postgres installed');
}

export async function ownRedis(...flags: string[]): Promise<OwnServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-redis-'));
  const always = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ];
  return ownServer(port, folder, () => spawn('redis-server', [...always, ...flags], { stdio: 'ignore' }));
}

export async function ownPostgres(): Promise<OwnServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-postgres-'));
  const as = userForPostgres();
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid ?? as.uid);
  const data = join(folder, 'data');
  execFileSync(binary('initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'], {
    ...as,
    stdio: 'ignore',
  });
  const flags = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
  return ownServer(port, folder, () => spawn(binary('postgres'), flags, { ...as, stdio: 'ignore' }));
}

function binary(name: string): string {
  return join(postgresFolder ?? '', name);
}

/** Postgres refuses to run as root. */
function userForPostgres(): Pick<SpawnOptions, 'uid' | 'gid' | 'cwd'> & { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  return { uid: idOfPostgres('-u'), gid: idOfPostgres('-g'), cwd: tmpdir() };
}

function idOfPostgres(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

function ownServer(port: number, folder: string, run: () => ChildProcess): OwnServer {
  let child: ChildProcess | undefined;
  const signal = (name: NodeJS.Signals): void => {
    for (const id of child?.pid === undefined ? [] : [child.pid, ...childrenOf(child.pid)]) {
      try {
        process.kill(id, name);
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const kill = async (): Promise<void> => {
    const dying = child;
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
    const ended = new Promise((resolve) => dying.once('exit', resolve));
    signal('SIGKILL');
    await ended;
    child = undefined;
  };
  return {
    port,
    async start() {
      child = run();
      await answering(port);
    },
    kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async dispose() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function answering(port: number): Promise<void> {
  const giveUpAt = Date.now() + 10_000;
  while (!(await accepts(port))) {
    if (Date.now() > giveUpAt) throw new Error(`no server on port ${port} within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A network between a client and a server that can be cut: nothing arrives, and nobody is told. */
export interface Network {
  port: number;
  cut: () => void;
  /** What hung in the cut is gone; new connections get through. */
  heal: () => void;
  dispose: () => void;
}

export async function networkTo(port: number): Promise<Network> {
  const pairs = new Set<[Socket, Socket]>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (data) => {
        if (!isCut) to.write(data);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
  });
  return {
    port: await listening(server),
    cut: () => void (isCut = true),
    heal() {
      isCut = false;
      // A peer that comes back after a cut answers what it does not know with a reset.
      for (const [near, far] of pairs) {
        near.resetAndDestroy();
        far.destroy();
      }
    },
    dispose() {
      server.close();
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
    },
  };
}
