import type { Failover } from 'tierfall';
import { createFailover, resolveWithFallback } from 'tierfall';
import type { DemoClients, DemoTier } from './demo-clients.ts';
import { createDemoClients } from './demo-clients.ts';
import type { LoopbackProvider } from './loopback-provider.ts';
import { startLoopbackProvider } from './loopback-provider.ts';
import type { Timeline } from './timeline.ts';
import { clockTime, createTimeline } from './timeline.ts';

export const instance = 'support-agent';

/** What every scene of the demo uses. */
export interface DemoWorld {
  readonly loopback: LoopbackProvider;
  readonly clients: DemoClients;
  readonly failover: Failover<DemoTier>;
  readonly timeline: Timeline;
  /** Moves the demo's clock by so many seconds; nothing sleeps. */
  readonly passes: (seconds: number) => void;
  /** One call of the agent: prints which tier answered and returns its number, from 1. */
  readonly ask: (askTier?: (tier: DemoTier) => Promise<string>) => Promise<number>;
  /** One streamed call: returns the whole text that the reader received. */
  readonly read: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function createDemoWorld(chain: readonly DemoTier[]): Promise<DemoWorld> {
  let time = Date.UTC(2026, 0, 5, 9);
  const now = () => time;
  const timeline = createTimeline(now);
  const loopback = await startLoopbackProvider();
  const clients = createDemoClients(loopback);
  const failover: Failover<DemoTier> = createFailover({ chain, clock: { now } });
  tell(failover, timeline);

  return {
    loopback,
    clients,
    failover,
    timeline,
    passes(seconds) {
      time += seconds * 1000;
    },
    async ask(askTier = clients.ask) {
      const work = resolveWithFallback(failover, (tier) => askTier(tier), { instance });
      const { value, index } = await timeline.during(work);
      timeline.event('answer', `tier ${index + 1}: "${value}"`);
      return index + 1;
    },
    async read() {
      const work = resolveWithFallback(failover, (tier) => clients.stream(tier), {
        instance,
        isContent: (piece) => piece.text !== '',
        isComplete: (piece) => piece.end,
      });
      const { value, index } = await timeline.during(work);
      let text = '';
      for await (const piece of value) text += piece.text;
      timeline.event('answer', `tier ${index + 1}, streamed: "${text}"`);
      return text;
    },
    async close() {
      await failover.close();
      await loopback.close();
    },
  };
}

/** Prints the failover's events on the timeline. */
function tell(failover: Failover<DemoTier>, timeline: Timeline): void {
  failover.on('attempt-failed', ({ tier, kind, status, retryAfterMs }) => {
    const wait = retryAfterMs === undefined ? '' : `, asks to be left alone for ${retryAfterMs / 1000} s`;
    const where = status === undefined ? 'inside the stream' : `HTTP ${status}`;
    timeline.event('failed', `tier ${tier.index + 1} ${tier.provider}: ${kind} (${where})${wait}`);
  });
  failover.on('tier-change', ({ from, to, direction, reason, until }) => {
    const rest = until === undefined ? '' : `; tier ${from.index + 1} rests until ${clockTime(until)}`;
    timeline.event(direction, `tier ${from.index + 1} -> tier ${to.index + 1} (${reason})${rest}`);
  });
  failover.on('paused', ({ by, reason }) => timeline.event('paused', `by ${by}: ${reason}`));
  failover.on('resumed', ({ by }) => timeline.event('resumed', `by ${by}`));
}
