import { matchesFailure, type ParsedHealthRule } from '../core/health/rule.js';
import type { MonitorAccess, ObservedFailure } from '../ports/monitor-access.js';
import { keyOf } from './targets.js';
import { ANY, CALLS, recordedSeries, type Tallies } from './tallies.js';

/** Instances whose calls are followed; of more, the one that failed longest ago is dropped. */
const MAX_INSTANCES = 1000;

/** Calls of a target as they were last read. */
interface Reading {
  attempts: number;
  at: number;
}

/** Takes failures in as they come, and reads now and then how many calls there were. */
export class Counting {
  readonly #access: MonitorAccess;
  readonly #rules: readonly ParsedHealthRule[];
  readonly #tallies: Tallies;
  readonly #providers = new Map<string, Reading>();
  readonly #instances = new Map<string, Reading>();
  readonly #startedAt: number;
  /** When all providers were last read. */
  #readAt: number;
  /** Rules of these scopes count calls. */
  readonly #callScopes: ReadonlySet<string>;

  constructor(access: MonitorAccess, rules: readonly ParsedHealthRule[], tallies: Tallies, now: number) {
    this.#access = access;
    this.#rules = rules;
    this.#tallies = tallies;
    this.#startedAt = now;
    this.#readAt = now;
    this.#callScopes = new Set(rules.map(({ scope }) => scope));
    for (const provider of access.providers) {
      this.#providers.set(provider, { attempts: access.attempts(provider), at: now });
    }
  }

  /** Instances that something is known of. */
  get instances(): string[] {
    return [...this.#instances.keys()];
  }

  /**
   * Counts a failed attempt. The targets that it concerns. `judgedFrom`: what began before does not count for a
   * target.
   */
  failure(failure: ObservedFailure, now: number, judgedFrom: (key: string) => number): string[] {
    const counted = new Map<string, Set<string>>();
    for (const rule of this.#rules) {
      if (!matchesFailure(rule, failure)) continue;
      const key = keyFor(rule, failure);
      if (failure.startedAt < judgedFrom(key)) continue;
      counted.set(key, (counted.get(key) ?? new Set()).add(rule.series));
    }
    if (counted.size === 0) return [];
    this.#readProvider(failure.provider, now);
    if (this.#callScopes.has('instance')) this.#readInstance(failure.instance, now);
    for (const [key, series] of counted) {
      for (const each of series) this.#tallies.add(key, each, now, 1);
      this.#tallies.add(key, ANY, now, 1);
    }
    return [...counted.keys()];
  }

  /** Counts what a host reports, or a log says, for one rule. The target that it concerns. */
  recorded(rule: ParsedHealthRule, key: string, at: number, count: number): void {
    this.#tallies.add(key, recordedSeries(rule), at, count);
    this.#tallies.add(key, ANY, at, count);
  }

  /** Reads how many calls there were since the last time, and spreads them over that. */
  readCalls(now: number): void {
    if (!this.#tallies.countsCalls) return;
    // The chain may have been changed since.
    const providers = new Set([...this.#providers.keys(), ...this.#access.providers]);
    for (const provider of providers) this.#readProvider(provider, now);
    this.#readAt = now;
    // Of a copy: each reading puts its instance at the end, where the map's own iterator would meet it again for ever.
    for (const instance of this.instances) this.#readInstance(instance, now);
  }

  #readProvider(provider: string, now: number): void {
    const before = this.#providers.get(provider) ?? { attempts: 0, at: this.#readAt };
    const attempts = this.#access.attempts(provider);
    const by = attempts - before.attempts;
    this.#providers.set(provider, { attempts, at: now });
    if (by <= 0) return;
    const from = Math.min(before.at, now);
    if (this.#callScopes.has('provider')) this.#tallies.spread(`provider:${provider}`, CALLS, from, now, by);
    if (this.#callScopes.has('all')) this.#tallies.spread('all', CALLS, from, now, by);
  }

  #readInstance(instance: string, now: number): void {
    const before = this.#instances.get(instance) ?? { attempts: 0, at: this.#startedAt };
    const attempts = this.#access.calls(instance);
    this.#instances.delete(instance);
    this.#instances.set(instance, { attempts, at: now });
    const [oldest] = this.#instances.keys();
    if (this.#instances.size > MAX_INSTANCES) this.#instances.delete(oldest!);
    // One that was dropped and loaded again begins at 0.
    const by = attempts >= before.attempts ? attempts - before.attempts : attempts;
    if (by > 0) this.#tallies.spread(`instance:${instance}`, CALLS, Math.min(before.at, now), now, by);
  }
}

function keyFor({ scope }: ParsedHealthRule, { provider, instance }: ObservedFailure): string {
  if (scope === 'all') return 'all';
  return keyOf(scope === 'provider' ? { provider } : instance);
}
