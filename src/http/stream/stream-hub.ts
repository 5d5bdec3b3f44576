import type { LedgerEvent } from '../../core/tier/state.js';
import type { InstanceView } from '../../core/view/instance-view.js';
import { shownPause, shownRow } from '../../core/view/shown-text.js';
import { Problem } from '../answers/problem.js';
import { readGrant, type Grant } from '../auth/grant.js';
import type { OperatorConfig } from '../options.js';
import { inGroups, type InstanceViews } from '../views.js';
import { EventLog, frame } from './event-log.js';
import { StreamReader } from './reader.js';

/** Streams of one process. */
const MOST_STREAMS = 1000;
/** How long changes are gathered, so that a burst is one message per instance. */
const GATHER_MS = 100;
/** How often a store that does not tell of commits is looked at. */
const POLL_MS = 4000;
/** How often a line is sent so that proxies keep the connection, and the reader is authorised again. */
const HEARTBEAT_MS = 15_000;
/** How often the health monitor's status and what has an end are looked at. */
const TICK_MS = 1000;
/** Clocks of two servers may differ a little. */
const CLOCK_SLACK_MS = 5000;
/** Ledger rows sent with a change. */
const ROWS = 20;
/** Instances that a change for all is sent of; beyond it readers are asked to read the list again. */
const MOST_RESENT = 1000;

interface Sent {
  text: string;
  /** Number of the reading that it came from: one that began earlier may end later. */
  reading: number;
  seq: number;
  /** When a rest, hold, wait or pause ends and the view changes by itself. */
  changesAt: number;
}

interface Reading {
  view: InstanceView;
  rows: LedgerEvent[];
  sent: Sent;
}

interface OpenStream {
  readonly reader: StreamReader;
  readonly request: Request;
  /** It was sent `hello` and what it missed, and is sent what changes from then on. */
  isGreeted: boolean;
  /** It is being found out whether its reader may still read. */
  isAsked: boolean;
}

/** Tells every open stream what changes in any process. Watches the store while a stream is open, and only then. */
export class StreamHub {
  readonly #config: OperatorConfig;
  readonly #views: InstanceViews;
  readonly #log = new EventLog(crypto.randomUUID());
  readonly #open = new Set<OpenStream>();
  /** What was sent last of each instance. */
  readonly #sent = new Map<string, Sent>();
  readonly #changed = new Set<string>();
  #stops: (() => void)[] = [];
  #startedAt = 0;
  #baseline: Promise<void> | undefined;
  #gathering: unknown;
  #flushing = false;
  #readings = 0;
  #status = '';
  #alerts = '';
  #pauses = '';
  #configVersion = 0;

  constructor(config: OperatorConfig, views: InstanceViews) {
    this.#config = config;
    this.#views = views;
  }

  /** Opens a stream for who asks. @throws {Problem} 503: there are too many */
  async open(facts: { request: Request; grant: Grant | undefined }): Promise<Response> {
    const { request, grant } = facts;
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // Or nginx would gather the events.
      'x-accel-buffering': 'no',
    };
    if (request.method === 'HEAD') return new Response(null, { headers });
    if (this.#open.size >= MOST_STREAMS) {
      throw new Problem(503, 'Too many streams are open.', { headers: { 'retry-after': '10' } });
    }
    const { access, readOnly } = this.#config;
    const reader = new StreamReader(() => this.#close(stream));
    const stream: OpenStream = { reader, request, isGreeted: false, isAsked: false };
    this.#open.add(stream);
    if (this.#open.size === 1) this.#start();
    // Whatever changes from here on is told, so what a reader reads after `hello` misses nothing.
    await this.#baseline;
    const now = access.clock.now();
    const can = readOnly ? grant?.can.filter((each) => each === 'read') : grant?.can;
    const hello = { actor: grant?.actor, can, version: access.config().version, now };
    const idNow = this.#log.idNow(now);
    const lastId = request.headers.get('last-event-id') ?? '';
    const missed = this.#log.since(lastId);
    // Until it has been sent what it missed, its place is where it was: the connection may be lost again before that.
    const id = missed ? lastId : idNow;
    reader.send(`retry: 1000\n${frame('hello', hello, id)}`);
    // From here on only changes are sent, and the page begins by assuming that the store works.
    if (!access.storeOk()) reader.send(frame('store', { ok: false }, id));
    if (missed && 'missedSince' in missed) {
      // Not awaited: nobody would read meanwhile, and what is sent would be too much to wait.
      void this.#catchUp(stream, { since: missed.missedSince, lastId, idNow });
    } else {
      for (const { text } of missed?.messages ?? []) reader.send(text);
      stream.isGreeted = true;
    }
    return new Response(reader.body, { headers });
  }

  /** The monitor's status may have changed. */
  healthChanged(): void {
    void this.#sendStatus();
  }

  alertsChanged(): void {
    // Also where no alert has changed: when they were checked is shown.
    this.#alerts = '';
    void this.#sendAlerts();
  }

  configChanged(): void {
    this.#sendConfig();
  }

  #start(): void {
    const { access, failover } = this.#config;
    this.#log.forget();
    this.#startedAt = access.clock.now();
    this.#sent.clear();
    this.#status = '';
    this.#alerts = '';
    this.#configVersion = access.config().version;
    this.#pauses = this.#pausesText();
    const watch = access.watch((key) => this.#committed(key));
    this.#stops = [
      () => watch.stop(),
      this.#every(TICK_MS, () => this.#tick()),
      this.#every(HEARTBEAT_MS, () => this.#heartbeat()),
      this.#every(POLL_MS, () => {
        if (!watch.isLive()) void this.#poll();
        // Their book may be kept elsewhere, or in memory: its runs are commits of no store that is watched.
        void this.#sendAlerts();
      }),
      // Also while the store is away: what changes here is told here.
      ...(['tier-change', 'exhausted'] as const).map((event) =>
        failover.on(event, ({ instance }) => this.#mark(instance)),
      ),
      ...(['paused', 'resumed'] as const).map((event) =>
        failover.on(event, ({ target }) => (typeof target === 'string' ? this.#mark(target) : this.#markShared())),
      ),
      failover.on('store-error', () => this.#sendStore()),
    ];
    // Where the store does not report commits, a change is what differs from now.
    this.#baseline = watch.isLive() ? undefined : this.#poll('quietly');
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    if (this.#gathering !== undefined) this.#config.access.clock.clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#changed.clear();
    this.#sent.clear();
    this.#baseline = undefined;
  }

  #close(stream: OpenStream): void {
    if (this.#open.delete(stream) && this.#open.size === 0) this.#stop();
  }

  #every(ms: number, action: () => unknown): () => void {
    const { clock } = this.#config.access;
    let handle: unknown;
    const again = () => {
      handle = clock.setTimeout(() => {
        again();
        void action();
      }, ms);
    };
    again();
    return () => clock.clearTimeout(handle);
  }

  #committed(key: string | undefined): void {
    if (key === undefined) {
      this.#send('refresh', {});
      void this.#poll();
    } else if (key.startsWith('instance:')) this.#mark(key.slice('instance:'.length));
    else if (key === 'all' || key.startsWith('provider:') || key.startsWith('rest:')) this.#markShared();
    else if (key.startsWith('config:')) this.#sendConfig();
    else if (key.startsWith('health:')) void this.#sendStatus();
    else if (key === 'activity:alerts') void this.#sendAlerts();
  }

  #mark(name: string): void {
    this.#changed.add(name);
    this.#gathering ??= this.#config.access.clock.setTimeout(() => {
      this.#gathering = undefined;
      void this.#flush();
    }, GATHER_MS);
  }

  /** Something that covers many instances has changed. */
  #markShared(): void {
    void this.#sendShared();
  }

  async #sendShared(): Promise<void> {
    const { access } = this.#config;
    await access.refresh();
    const pauses = this.#pausesText();
    if (pauses !== this.#pauses) {
      this.#pauses = pauses;
      this.#send('pauses', JSON.parse(pauses));
    }
    const names = await this.#views.names().catch(() => [...this.#sent.keys()]);
    if (names.length > MOST_RESENT) this.#send('refresh', {});
    else for (const name of names) this.#mark(name);
  }

  #pausesText(): string {
    const { access } = this.#config;
    const all = access.pausedAll();
    const providers = access.pausedProviders().map(({ provider, pause }) => ({ provider, pause: shownPause(pause) }));
    return JSON.stringify({ all: all && shownPause(all), providers });
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      while (this.#changed.size > 0 && this.#open.size > 0) {
        const names = [...this.#changed];
        this.#changed.clear();
        await inGroups(names, (name) => this.#sendInstance(name, this.#startedAt));
      }
    } finally {
      this.#flushing = false;
    }
  }

  /** Sends an instance where it is not as it was sent last. */
  async #sendInstance(name: string, since: number, mode?: 'quietly'): Promise<void> {
    const found = await this.#read(name);
    if (found === 'forgotten') {
      this.#sent.delete(name);
      return this.#send('refresh', {});
    }
    if (!found) return;
    const before = this.#sent.get(name);
    if (before && before.reading > found.sent.reading) return;
    const fresh = found.rows.filter(({ seq = 0, at }) => (before ? seq > before.seq : at >= since - CLOCK_SLACK_MS));
    this.#sent.set(name, found.sent);
    if (mode === 'quietly' || (before?.text === found.sent.text && fresh.length === 0)) return;
    this.#send('instance', { view: found.view, events: fresh.map(shownRow) });
  }

  /** An instance as it is now; `undefined`: the store is away. */
  async #read(name: string): Promise<Reading | 'forgotten' | undefined> {
    const { access } = this.#config;
    const reading = ++this.#readings;
    try {
      const view = await this.#views.find(name);
      if (!view) return 'forgotten';
      const rows = await access.history(`instance:${name}`, { limit: ROWS });
      const ends = view.tiers.flatMap(({ restUntil, heldUntil, shared }) => [restUntil, heldUntil, shared?.until]);
      const changesAt = Math.min(
        ...[...ends, view.paused?.until, view.retryAt].map((time) => time ?? Number.POSITIVE_INFINITY),
      );
      return { view, rows, sent: { text: JSON.stringify(view), reading, seq: rows[0]?.seq ?? 0, changesAt } };
    } catch {
      // The store is away: what could not be read is read when it reports the next change.
      return undefined;
    }
  }

  /** Looks at every instance: at first, quietly, to learn how they are; later for what has changed. */
  async #poll(mode?: 'quietly'): Promise<void> {
    await this.#config.access.refresh();
    const names = await this.#views.names().catch(() => undefined);
    if (names) {
      const known = new Set(names);
      for (const name of this.#sent.keys()) if (!known.has(name)) this.#mark(name);
      await inGroups(names, (name) => this.#sendInstance(name, this.#startedAt, mode));
    }
    this.#sendConfig();
  }

  /** A rest that ends changes a view without a commit. */
  #tick(): void {
    const now = this.#config.access.clock.now();
    for (const [name, { changesAt }] of this.#sent) if (changesAt <= now) this.#mark(name);
    void this.#sendStatus();
  }

  async #sendStatus(): Promise<void> {
    const { health } = this.#config;
    if (!health || this.#open.size === 0) return;
    try {
      const text = JSON.stringify(await health.status());
      if (text === this.#status) return;
      this.#status = text;
      this.#send('health', JSON.parse(text));
    } catch {
      // The route says so to who asks.
    }
  }

  /** Sends `alerts` where a run of the checks, by any process, has changed what a reader is shown. */
  async #sendAlerts(): Promise<void> {
    const { checks } = this.#config;
    if (!checks || this.#open.size === 0) return;
    const { book } = checks;
    try {
      const text = JSON.stringify([await book.active(), await book.checkedAt?.()]);
      if (text === this.#alerts) return;
      this.#alerts = text;
      this.#send('alerts', {});
    } catch {
      // The route says so to who asks.
    }
  }

  #sendStore(): void {
    this.#send('store', { ok: this.#config.access.storeOk() });
  }

  #sendConfig(): void {
    const { version, by, at } = this.#config.access.config();
    if (version === this.#configVersion) return;
    this.#configVersion = version;
    this.#send('config', { version, by, at });
  }

  #send(event: string, data: unknown): void {
    if (this.#open.size === 0) return;
    const { text } = this.#log.add(event, data, this.#config.access.clock.now());
    for (const { reader, isGreeted } of this.#open) if (isGreeted) reader.send(text);
  }

  /** Sends what may have changed since a reader was last here, and then what has been sent to others meanwhile. */
  async #catchUp(
    stream: OpenStream,
    { since, lastId, idNow }: { since: number; lastId: string; idNow: string },
  ): Promise<void> {
    const { reader } = stream;
    const from = since - CLOCK_SLACK_MS;
    const names = await this.#views.names().catch(() => []);
    if (names.length > MOST_RESENT) reader.send(frame('refresh', {}, lastId));
    else {
      await inGroups(names, async (name) => {
        const found = reader.isOpen ? await this.#read(name) : undefined;
        if (!found || found === 'forgotten') return;
        const rows = found.rows.filter(({ at }) => at >= from);
        if (rows.length === 0) return;
        reader.send(frame('instance', { view: found.view, events: rows.map(shownRow) }, lastId));
      });
    }
    // Of these no row says when they changed: as they are now.
    reader.send(frame('pauses', JSON.parse(this.#pausesText()), lastId));
    if (this.#config.checks) reader.send(frame('alerts', {}, lastId));
    if (this.#status !== '') reader.send(frame('health', JSON.parse(this.#status), lastId));
    const meanwhile = this.#log.since(idNow);
    if (meanwhile && 'messages' in meanwhile) for (const { text } of meanwhile.messages) reader.send(text);
    else reader.send(frame('refresh', {}, idNow));
    // Its place is now.
    reader.send(`id: ${this.#log.idNow(this.#config.access.clock.now())}\n\n`);
    stream.isGreeted = true;
  }

  /** Keeps connections open, and ends those whose reader may no longer read. */
  #heartbeat(): void {
    const { authorize } = this.#config;
    for (const stream of this.#open) {
      const { reader, request, isAsked } = stream;
      // Since the last time nobody has said that it may.
      if (isAsked) {
        reader.close();
        continue;
      }
      reader.send(': still here\n\n');
      stream.isAsked = true;
      void (async () => readGrant(await authorize(request)))()
        .catch(() => null)
        .then((grant) => {
          stream.isAsked = false;
          if (!grant?.can.includes('read')) reader.close();
        });
    }
  }
}
