import type { Failover } from 'tierfall';
import type { Listener, Heard } from './listener.ts';
import { events } from './listener.ts';
import { noteChain, type Member } from './member.ts';
import { createNetwork } from './network.ts';
import { HOOK_SECRET, type Scene } from './scene.ts';
import { chain, instances, type Do } from './steps.ts';
import { LIMIT, WINDOW_MS, type UsageBook } from './usage.ts';

/** Begins and ends processes, sets their clocks, and changes their way to the store. */
export class Processes {
  readonly #scene: Scene;
  readonly #listener: Listener;
  readonly #usage: UsageBook;
  /** By how much the clock of each process is wrong. */
  readonly #skews: number[];
  #lives = 0;

  constructor(scene: Scene, listener: Listener, usage: UsageBook) {
    this.#scene = scene;
    this.#listener = listener;
    this.#usage = usage;
    this.#skews = scene.setup.processes.map(({ skewMs }) => skewMs);
    this.#noteSpread();
    this.#skews.forEach((_, place) => void scene.members.push(this.#begin(place, 0)));
  }

  setWeather(member: Member, weather: Do<'store'>['weather']): void {
    const wasGood = member.network.weather === 'good';
    member.network.weather = weather;
    if (weather !== 'good') {
      member.goodSince = Number.POSITIVE_INFINITY;
      this.#usage.doubtLast(member);
    } else if (!wasGood) member.goodSince = this.#scene.clock.now();
  }

  jump({ process, ms }: Do<'jump'>): void {
    const member = this.#scene.members[process]!;
    // A clock of the host's is its only one: what passes unseen before it is set back has not passed for it.
    void member.failover.state(instances[0]);
    this.#skews[member.place]! += ms;
    void member.failover.state(instances[0]);
    member.forwardMs += Math.max(0, ms);
    this.#noteSpread();
    this.#usage.doubtAll(member);
  }

  crash({ process }: Do<'crash'>): void {
    const member = this.#scene.members[process]!;
    this.#usage.doubtLast(member);
    this.kill(member);
    const { weather } = member.network;
    const next = this.#begin(process, member.forwardMs);
    this.setWeather(next, weather);
    this.#scene.members[process] = next;
  }

  kill(member: Member): void {
    const { open } = this.#scene;
    member.isDead = true;
    this.#scene.wasUnheard ||= member.network.isUnheard;
    member.network.isCut = true;
    for (const [token, call] of open) if (call.member === member) open.delete(token);
  }

  /** Begins to watch the health of what a process calls. */
  watch(member: Member): void {
    const kinds = ['overloaded', 'server_error', 'timeout'] as const;
    member.monitor = this.#scene.library.createHealthMonitor(member.failover, {
      rules: [
        { name: 'four failures', scope: 'provider', match: { kinds }, windows: [{ windowMs: 60_000, count: 4 }] },
        { name: 'half', scope: 'provider', windows: [{ windowMs: 600_000, ratio: 0.5, minimumCalls: 8 }] },
      ],
      intervalMs: 20_000,
      resumeAfterMs: 60_000,
    });
  }

  #noteSpread(): void {
    this.#scene.spreadMs = Math.max(this.#scene.spreadMs, Math.max(...this.#skews) - Math.min(...this.#skews));
  }

  #begin(place: number, forwardMs: number): Member {
    const scene = this.#scene;
    const { setup, clock } = scene;
    const network = createNetwork(scene.shared, clock, () => scene.random(), setup.processes[place]!.watches);
    const now = () => clock.now() + this.#skews[place]!;
    const member: Member = {
      id: `${place}.${this.#lives++}`,
      place,
      failover: undefined as unknown as Failover,
      monitor: undefined,
      network,
      now,
      forwardMs,
      goodSince: clock.now(),
      isDead: false,
      toldTier: new Map(),
      chains: [],
    };
    member.failover = this.#failoverOf(member);
    noteChain(member);
    for (const event of events) {
      member.failover.on(event, (payload) => {
        if (!member.isDead) scene.guard(() => this.#listener.hear(member, event, payload as unknown as Heard));
      });
    }
    if (setup.monitor) this.watch(member);
    return member;
  }

  #failoverOf(member: Member): Failover {
    const scene = this.#scene;
    const { clock, setup, library } = scene;
    const { onExhausted, recovery, share, threshold, budget, scope, sticky } = setup;
    const own = {
      now: member.now,
      setTimeout: (callback: () => void, ms: number) => clock.setTimeout(() => void (member.isDead || callback()), ms),
      clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
    };
    const line = (text: unknown) => scene.guard(() => scene.checkSecrets(text));
    const slack = library.createSlackNotifier({
      webhookUrl: `https://hooks.slack.com/services/${HOOK_SECRET}`,
      fetch: async (_url, init) => {
        line(init?.body);
        const luck = scene.random();
        if (luck < 0.1) throw new TypeError(`fetch failed: https://hooks.slack.com/services/${HOOK_SECRET}`);
        return luck < 0.2 ? new Response('busy', { status: 503 }) : new Response('ok');
      },
    });
    return library.createFailover({
      chain: [...chain],
      policy: {
        onExhausted,
        recovery,
        attemptTimeoutMs: 20_000,
        ...(onExhausted === 'wait' ? { deadlineMs: 120_000 } : {}),
        ...(threshold ? { threshold: { failures: 2, windowMs: 60_000 } } : {}),
        ...(budget ? { tokenBudget: { limit: LIMIT, windowMs: WINDOW_MS, onExceeded: budget, scope } } : {}),
        ...(sticky ? { stickySessions: { idleMs: 60_000 } } : {}),
      },
      ...(share ? { share: 'rests' as const } : {}),
      store: member.network.store,
      clock: own,
      random: () => scene.random(),
      notifiers: [slack],
      logger: { debug: line, info: line, warn: line, error: line },
    });
  }
}
