import type { FailoverEventName } from 'tierfall';
import { BrokenRule } from './broken-rule.ts';
import { noteChain, type Member } from './member.ts';
import type { Scene } from './scene.ts';

export const events: readonly FailoverEventName[] = [
  'tier-change',
  'attempt-failed',
  'retry',
  'exhausted',
  'available',
  'paused',
  'resumed',
  'config-updated',
  'store-error',
  'notifier-error',
  'budget-warning',
  'budget-exceeded',
  'budget-unpriced',
];

/** What the checks read of an event; each event has some of it. */
export interface Heard {
  instance?: string;
  all?: true;
  target?: string | { provider: string } | { all: true };
  origin?: string;
  source?: string;
  by?: string;
  direction?: string;
  from?: { provider: string; model: string };
  to?: { provider: string; model: string };
}

/** Hears every event of every process, and holds it to the rules. */
export class Listener {
  readonly #scene: Scene;
  /** When a monitor paused a provider, on the true clock. */
  readonly #pausedAt = new Map<string, number>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  hear(member: Member, event: FailoverEventName, payload: Heard): void {
    this.#scene.checkSecrets({ event, payload });
    if (event === 'available') this.#hearAvailable(member, payload);
    if (event === 'paused' || event === 'resumed') this.#hearPause(event, payload);
    if (event === 'tier-change') this.#hearChange(member, payload);
    if (event !== 'config-updated') return;
    noteChain(member);
    // Where calls go in another chain is part of that, and no change of its own.
    member.toldTier.clear();
  }

  #hearAvailable(member: Member, { instance, all }: Heard): void {
    const over = instance === undefined ? [this.#scene.pauses.get('all')!] : this.#scene.pausesOver(instance);
    if (instance !== undefined || all) for (const pause of over) pause.checkOpen(member, 'available was told');
  }

  #hearPause(event: 'paused' | 'resumed', { target, source, by, origin }: Heard): void {
    if (typeof target !== 'object' || !('provider' in target)) return;
    const { provider } = target;
    const { clock, answeredAt } = this.#scene;
    if (source !== 'health' && source !== 'alert') return;
    if (event === 'paused') {
      if (!this.#pausedAt.has(provider)) this.#pausedAt.set(provider, clock.now());
      return;
    }
    const since = this.#pausedAt.get(provider) ?? 0;
    this.#pausedAt.delete(provider);
    if (origin === 'local' && by === 'health-monitor' && (answeredAt.get(provider) ?? 0) < since)
      throw new BrokenRule('all-clear only after an answer', `${provider} was resumed without one`);
  }

  #hearChange(member: Member, payload: Heard): void {
    const { instance, origin, direction, source } = payload;
    if (instance === undefined || !payload.from || !payload.to) return;
    const { share, monitor, updates } = this.#scene.setup;
    const from = `${payload.from.provider}/${payload.from.model}`;
    const to = `${payload.to.provider}/${payload.to.model}`;
    const told = member.toldTier.get(instance);
    member.toldTier.set(instance, to);
    if (!share && !monitor && !updates && told !== undefined && told !== from)
      throw new BrokenRule(
        'each change begins where the last one ended',
        `${instance}: ${told}, then ${from} to ${to}`,
      );
    if (direction === 'up' && origin === 'local' && source === 'auto')
      this.#scene.expected.get(instance)?.checkUp(member, to, this.#scene.clock.now());
  }
}
