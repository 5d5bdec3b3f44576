import type { Patch } from './library.ts';

/** A bug of the kind that this simulation is there to find, planted in a copy of the package. */
export interface PlantedBug {
  name: string;
  patches: Patch[];
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'lost update',
    patches: [
      {
        file: 'stores/memory.ts',
        find: 'if (entry.version !== text.version) return',
        replace: 'if (text.version < 0) return',
      },
    ],
  },
  {
    name: 'double step',
    patches: [
      {
        file: 'core/tier/fail-tier.ts',
        find: "const concernsCalls = index === state.tier || (source === 'external' && index === state.reportedTier);",
        replace: 'const concernsCalls = true;',
      },
    ],
  },
  {
    name: 'lifted pause of a person',
    patches: [
      {
        file: 'core/tier/transitions/operator.ts',
        find: "const pauses = source === 'operator' ? []",
        replace: "const pauses = source !== 'budget' ? []",
      },
    ],
  },
  {
    name: 'shortened retry-after',
    patches: [
      {
        file: 'core/tier/fail-tier.ts',
        find: 'const retryAfterUntil = unlessOver(latest(tier.retryAfterUntil, waitUntil), now);',
        replace: 'const retryAfterUntil = unlessOver(waitUntil ?? latest(tier.retryAfterUntil), now);',
      },
    ],
  },
  {
    name: 'false all-clear',
    patches: [
      {
        file: 'engine/recovery/availability.ts',
        find: 'if (at === null || at > now) {',
        replace: 'if (at !== null && at > now) {',
      },
    ],
  },
  {
    name: 'stuck fallback',
    patches: [
      {
        file: 'core/tier/rests/rest.ts',
        find: 'for (let index = 0; index < limit; index++)',
        replace: 'for (let index = 1; index < limit; index++)',
      },
    ],
  },
  {
    name: 'budget lost in a crash',
    patches: [
      {
        file: 'engine/budget/spend-windows.ts',
        find: 'if (by === 0) return;',
        replace: 'if (by < LIMITLESS) return;',
      },
      {
        file: 'engine/budget/spend-windows.ts',
        find: 'const WRITE_EVERY_MS = 1000;',
        replace: 'const WRITE_EVERY_MS = 1000;\nconst LIMITLESS = 1e9;',
      },
    ],
  },
  {
    name: 'rate limit spread at startup',
    patches: [
      {
        file: 'engine/startup/resolve-startup.ts',
        find: "kind === 'rate_limit' || !fallbackOn.includes(kind)",
        replace: "(kind !== 'rate_limit' && !fallbackOn.includes(kind))",
      },
    ],
  },
  {
    name: 'key in an event',
    patches: [
      {
        file: 'engine/call/attempt/end-attempt.ts',
        find: "rule: verdict.evidence?.rule ?? 'none',",
        replace: 'rule: `${verdict.evidence?.rule} ${(failure.error as Error)?.message}`,',
      },
    ],
  },
  {
    name: 'up before an answer',
    patches: [
      {
        file: 'core/tier/step.ts',
        find: "    type: 'trial',\n    at: now,\n    tier: to,\n    from,\n    to,\n",
        replace:
          "    type: 'tier-change',\n    at: now,\n    tier: to,\n    from,\n    to,\n    direction: 'up',\n    reason: 'recovered',\n    source: 'auto',\n",
      },
      {
        file: 'core/tier/step.ts',
        find: '      tier: target,\n      ...(counted',
        replace: '      tier: target,\n      reportedTier: target,\n      ...(counted',
      },
    ],
  },
  {
    name: 'acknowledged before it is stored',
    patches: [
      {
        file: 'engine/store/replicated-record.ts',
        find: 'while (change && this.#pending.includes(change)) await this.#begin();',
        replace: 'if (change && this.#pending.includes(change)) void this.#begin().catch(() => undefined);',
      },
    ],
  },
  {
    name: 'wait of the provider ignored',
    patches: [
      {
        file: 'core/tier/fail-tier.ts',
        find: 'if (failures <= 1) return { until: waitUntil,',
        replace: 'if (failures <= 1) return { until: Math.min(waitUntil, now + 5000),',
      },
      {
        file: 'core/tier/rests/rest.ts',
        find: 'return latest(tier.restUntil, tier.retryAfterUntil, tier.heldUntil);',
        replace: 'return latest(tier.restUntil, tier.heldUntil);',
      },
      {
        file: 'core/tier/fail-tier.ts',
        find: 'restUntil: unlessOver(latest(tier.restUntil, until, retryAfterUntil), now),',
        replace: 'restUntil: unlessOver(latest(tier.restUntil, until), now),',
      },
    ],
  },
  {
    name: 'stream that ends early without an error',
    patches: [
      { file: 'engine/stream/relay.ts', find: 'if (!hasEnded) throw', replace: 'if (!hasEnded && chunks === 0) throw' },
    ],
  },
  {
    name: 'pause of a provider without an end ignored',
    patches: [
      {
        file: 'engine/fleet/pauses.ts',
        find: 'const until = pauseEnd(standing) ?? FOREVER;',
        replace: 'const until = pauseEnd(standing) ?? 0 * FOREVER;',
      },
    ],
  },
  {
    name: 'update that other processes ignore',
    patches: [
      {
        file: 'engine/chain-update/config-control.ts',
        find: "this.#take(stored, 'remote');",
        replace: "if (stored.version < 0) this.#take(stored, 'remote');",
      },
    ],
  },
  {
    name: 'provider resumed by a call that has not answered',
    patches: [
      {
        file: 'engine/fleet/canary.ts',
        find: "this.#provider?.end('failed');",
        replace: "this.#provider?.end('answered');",
      },
    ],
  },
  {
    name: 'budget of a group counted by instance',
    patches: [
      {
        file: 'engine/budget/spend-windows.ts',
        find: "return scope === 'group' ?",
        replace: "return scope === 'failover' ?",
      },
    ],
  },
  {
    name: 'paused provider that is never tried again',
    patches: [
      {
        file: 'health/canaries.ts',
        find: 'if (!isWanted) return this.close(key);',
        replace: 'if (!isWanted || key !== "all") return this.close(key);',
      },
    ],
  },
];
