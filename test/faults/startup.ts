import { BrokenRule } from './broken-rule.ts';
import { errorOf } from './provider.ts';
import type { Scene } from './scene.ts';
import { chain, type Do } from './steps.ts';

/** A process more is started on the same store, and closed at once. */
export function startMore(scene: Scene, step: Do<'startup'>): void {
  const member = scene.member(step);
  let isLimited = false;
  const started = scene.library.startFailover({
    chain: [...chain],
    store: member.network.store,
    clock: { ...scene.clock, now: member.now },
    resolve: async ({ provider }) => {
      if (isLimited)
        scene.broken ??= new BrokenRule('a rate limit at startup spreads nowhere', `${provider} asked after it`);
      const mood = scene.moods.get(provider)!;
      isLimited ||= mood.behaviour === 'rate-limited';
      const error = errorOf(scene.library, mood);
      if (error !== undefined) throw error;
      return provider;
    },
  });
  void started.then(({ failover }) => failover.close()).catch(() => undefined);
}
