import { Client, instancePath, messageOf, Refusal } from './client.js';
import { readEvents, type ServerEvent } from './read-events.js';
import type {
  Alerts,
  ConfigAnswer,
  HealthStatus,
  Hello,
  InstanceMessage,
  InstanceView,
  LedgerEvent,
  Permission,
} from './types.js';

/** The wait before the second try to connect again, which doubles, and the longest, in milliseconds. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
/** A burst of changes is drawn so often at most, in milliseconds. */
const DRAW_MS = 250;
/** How often everything is read where live updates are full, and what could not be read, in milliseconds. */
const POLL_MS = 10_000;
/** Instances of one page of the list. */
const PAGE = 1000;
/** Rows that a strip of 24 hours is drawn from, at most. */
export const STRIP_ROWS = 200;

/** How the connection is: `full` reads from time to time instead, `refused` needs another token. */
export type Phase = 'connecting' | 'live' | 'lost' | 'full' | 'refused';

/** A part of the server that may be absent (404), not read yet, or in trouble. */
export interface Part<T> {
  value: T | undefined;
  isAbsent: boolean;
  problem: string;
}

type AgentsListener = () => void;

/** All that is known of one server, kept up to date over one stream, shared by every element of the page. */
export class Live {
  readonly client: Client;
  phase: Phase = 'connecting';
  refusal: Refusal | undefined;
  actor = '';
  can: readonly Permission[] = [];
  readonly agents = new Map<string, InstanceView>();
  /** Every agent has been read. */
  isComplete = false;
  agentsProblem = '';
  /** Ledger rows by agent, newest first; absent: not read yet. */
  readonly rows = new Map<string, LedgerEvent[]>();
  health: Part<HealthStatus> = empty();
  alerts: Part<Alerts> = empty();
  config: Part<ConfigAnswer & { etag: string }> = empty();
  storeOk = true;
  /** When the server was last heard of before the connection was lost, by this computer's clock. */
  lostAt = 0;
  nextTryAt = 0;
  /** Agents whose tier has just changed, and until when that is shown. */
  readonly fresh = new Map<string, number>();
  /** Grows with each view that comes and each page that is asked for; and what it was for the view of each agent. */
  #step = 0;
  readonly #stepOf = new Map<string, number>();
  #offset = 0;
  #lastId = '';
  #heardAt = 0;
  #tries = 0;
  #abort: AbortController | undefined;
  #wake: (() => void) | undefined;
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #readingAgain: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<AgentsListener>();

  constructor(baseUrl: string, token: string) {
    this.client = new Client(baseUrl, token);
  }

  /** The server's time. */
  now(): number {
    return Date.now() + this.#offset;
  }

  may(permission: Permission): boolean {
    return this.can.includes(permission);
  }

  /** Actions are offered: who looks may act, and the server can be reached. */
  get isOnline(): boolean {
    return this.phase === 'live' || this.phase === 'full';
  }

  /** Calls back when something has changed. The first listener connects, the last to leave disconnects. */
  listen(listener: AgentsListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#run();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    // Who comes back later is not connected yet.
    if (this.isOnline) this.phase = 'connecting';
    this.#abort?.abort();
    this.#abort = undefined;
    clearTimeout(this.#readingAgain);
    this.#readingAgain = undefined;
    this.#wake?.();
  }

  /** Tries to connect now, or reads everything again where the connection stands. */
  retry(): void {
    this.#tries = 0;
    if (this.phase === 'live') void this.#readAll();
    else this.#wake?.();
  }

  /** Takes an answer of an action over at once. */
  put(view: InstanceView): void {
    const before = this.agents.get(view.name);
    if (before && (before.tier.index !== view.tier.index || before.badge !== view.badge)) {
      this.fresh.set(view.name, Date.now() + 3000);
    }
    this.#know(view, ++this.#step);
    this.changed();
  }

  /** Keeps a view, unless a newer one has come since it was asked for. */
  #know(view: InstanceView, step: number): void {
    if (this.#isNewerThan(step, view.name)) return;
    this.agents.set(view.name, view);
    this.#stepOf.set(view.name, step);
  }

  #isNewerThan(step: number, name: string): boolean {
    return (this.#stepOf.get(name) ?? 0) > step;
  }

  /** Reads the rows of an agent's last day, once. */
  async loadRows(name: string): Promise<void> {
    if (this.rows.has(name)) return;
    const path = `${instancePath(name)}/events?limit=${STRIP_ROWS}`;
    const { events } = await this.client.ask<{ events: LedgerEvent[] }>(path);
    this.#addRows(name, events);
    this.changed();
  }

  async loadConfig(): Promise<void> {
    this.config = await this.#part(async () => readConfig(await this.client.fetch('/config')), this.config);
    this.changed();
  }

  async loadHealth(): Promise<void> {
    this.health = await this.#part(() => this.client.ask<HealthStatus>('/health/service'), this.health);
    this.changed();
  }

  async loadAlerts(): Promise<void> {
    this.alerts = await this.#part(() => this.client.ask<Alerts>('/alerts'), this.alerts);
    this.changed();
  }

  /** Draws, a quarter of a second at most after the first of several changes; a hidden tab draws when it is seen. */
  changed(): void {
    if (this.#drawing !== undefined) return;
    this.#drawing = setTimeout(() => {
      this.#drawing = undefined;
      for (const listener of this.#listeners) listener();
    }, DRAW_MS);
  }

  /** Draws now: somebody acted, or the connection changed. */
  #draw(): void {
    for (const listener of this.#listeners) listener();
  }

  async #run(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const online = () => this.retry();
    addEventListener('online', online);
    while (!abort.signal.aborted) {
      const wait = await this.#connect(abort.signal);
      if (wait === undefined || abort.signal.aborted) break;
      this.nextTryAt = Date.now() + wait;
      this.#draw();
      await this.#sleep(wait);
    }
    removeEventListener('online', online);
  }

  /** Reads the stream to its end; gives how long to wait for the next try, nothing where another token is needed. */
  async #connect(signal: AbortSignal): Promise<number | undefined> {
    try {
      const headers: Record<string, string> = this.#lastId === '' ? {} : { 'last-event-id': this.#lastId };
      const response = await this.client.fetch('/stream', { headers, signal });
      if (!response.body) throw new TypeError('the stream has no body');
      const heard = () => {
        this.#heardAt = Date.now();
      };
      for await (const event of readEvents(response.body, heard)) this.#take(event);
    } catch (error) {
      if (error instanceof Refusal) return this.#refused(error);
    }
    if (signal.aborted) return undefined;
    return this.#lost();
  }

  async #refused(refusal: Refusal): Promise<number | undefined> {
    if (refusal.status === 503 || refusal.status === 404) {
      await this.#readAll();
      // A gateway says the same while the server is away.
      if (this.agentsProblem !== '') return this.#lost();
      this.phase = 'full';
      return POLL_MS;
    }
    if (refusal.status >= 500) return this.#lost();
    this.phase = 'refused';
    this.refusal = refusal;
    this.#draw();
    return undefined;
  }

  #lost(): number {
    if (this.phase !== 'lost') this.lostAt = this.#heardAt || Date.now();
    this.phase = 'lost';
    return Math.min(FIRST_WAIT_MS * 2 ** this.#tries++, LONGEST_WAIT_MS);
  }

  #take({ id, event, data }: ServerEvent): void {
    if (id !== '') this.#lastId = id;
    if (event === 'hello') this.#greeted(data as Hello);
    else if (event === 'instance') this.#takeInstance(data as InstanceMessage);
    else if (event === 'refresh') void this.#loadAgents();
    else if (event === 'health') this.health = { value: data as HealthStatus, isAbsent: false, problem: '' };
    else if (event === 'alerts') void this.loadAlerts();
    else if (event === 'config') void this.loadConfig();
    else if (event === 'store') this.#takeStore(data as { ok: boolean });
    this.changed();
  }

  #takeStore({ ok }: { ok: boolean }): void {
    const isBack = ok && !this.storeOk;
    this.storeOk = ok;
    // What other processes did meanwhile was told by nobody.
    if (isBack) void this.#readAll();
  }

  #greeted(hello: Hello): void {
    this.#offset = hello.now - Date.now();
    this.actor = hello.actor;
    this.can = hello.can;
    this.phase = 'live';
    // Where it does not work, that is said next.
    this.storeOk = true;
    this.refusal = undefined;
    this.#tries = 0;
    this.#draw();
    void this.#readAll();
  }

  #takeInstance({ view, events }: InstanceMessage): void {
    if (this.rows.has(view.name)) this.#addRows(view.name, events);
    this.put(view);
  }

  /** Rows of before and new ones, newest first, each once. */
  #addRows(name: string, events: readonly LedgerEvent[]): void {
    const known = new Map((this.rows.get(name) ?? []).map((row) => [row.seq, row]));
    for (const row of events) known.set(row.seq, row);
    this.rows.set(
      name,
      [...known.values()].sort((one, other) => other.seq - one.seq),
    );
  }

  async #readAll(): Promise<void> {
    await Promise.all([this.#loadAgents(), this.loadHealth(), this.loadAlerts(), this.loadConfig()]);
  }

  async #loadAgents(): Promise<void> {
    try {
      const seen = new Set<string>();
      const begun = ++this.#step;
      let after = '';
      for (;;) {
        const asked = ++this.#step;
        const query = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
        const page = await this.client.ask<{ instances: InstanceView[]; next: string | null }>(
          `/instances?limit=${PAGE}${query}`,
        );
        for (const view of page.instances) {
          seen.add(view.name);
          this.#know(view, asked);
        }
        this.changed();
        if (page.next === null) break;
        after = page.next;
      }
      for (const name of this.agents.keys()) {
        if (seen.has(name) || this.#isNewerThan(begun, name)) continue;
        this.agents.delete(name);
        this.#stepOf.delete(name);
      }
      // What is known of their day may have a gap now.
      if (this.isComplete) this.rows.clear();
      this.isComplete = true;
      this.agentsProblem = '';
    } catch (error) {
      this.agentsProblem = messageOf(error);
      this.#readAgain();
    }
    this.changed();
  }

  /** What could not be read is read a while later: where nothing changes, nothing else would ask for it. */
  #readAgain(): void {
    if (this.#listeners.size === 0) return;
    this.#readingAgain ??= setTimeout(() => {
      this.#readingAgain = undefined;
      if (this.phase === 'live') void this.#readAll();
    }, POLL_MS);
  }

  async #part<T>(load: () => Promise<T>, before: Part<T>): Promise<Part<T>> {
    try {
      return { value: await load(), isAbsent: false, problem: '' };
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return { value: undefined, isAbsent: true, problem: '' };
      this.#readAgain();
      return { ...before, problem: messageOf(error) };
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A version of the chain, with what its next version has to be based on. */
export async function readConfig(response: Response): Promise<ConfigAnswer & { etag: string }> {
  return { ...((await response.json()) as ConfigAnswer), etag: response.headers.get('etag') ?? '' };
}

function empty<T>(): Part<T> {
  return { value: undefined, isAbsent: false, problem: '' };
}

const shared = new Map<string, WeakRef<Live>>();

/** The connection to one server with one token: elements beside each other share it. */
export function liveOf(baseUrl: string, token: string): Live {
  const key = JSON.stringify([new URL(baseUrl, location.href).href, token]);
  const known = shared.get(key)?.deref();
  if (known && known.phase !== 'refused') return known;
  const live = new Live(baseUrl, token);
  shared.set(key, new WeakRef(live));
  return live;
}
