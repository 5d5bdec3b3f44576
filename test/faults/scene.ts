import type { ManualClock } from 'tierfall/testing';
import { BrokenRule } from './broken-rule.ts';
import { Expectations } from './expectations.ts';
import type { Library } from './library.ts';
import type { Member } from './member.ts';
import { STORE_SECRET } from './network.ts';
import { PersonPause } from './person-pause.ts';
import { PROVIDER_SECRET, type ProviderMood } from './provider.ts';
import { instances, providers, targets, type Setup } from './steps.ts';

export const HOOK_SECRET = 'T000-B000-hook-secret';

/** What all parts of a run share: one clock, one store, the providers, and what is expected. */
export class Scene {
  readonly library: Library;
  readonly setup: Setup;
  readonly clock: ManualClock;
  readonly shared: ReturnType<Library['createMemoryStore']>;
  readonly members: Member[] = [];
  readonly expected = new Map<string, Expectations>();
  readonly pauses = new Map<string, PersonPause>();
  readonly moods = new Map<string, ProviderMood>();
  /** When a provider has answered last. */
  readonly answeredAt = new Map<string, number>();
  /** Calls that have not ended, with the time they began. */
  readonly open = new Map<object, { member: Member; at: number }>();
  /** The chains that updates have brought. */
  readonly updates: (readonly string[])[] = [];
  /** How far the clocks of the processes have differed at most. */
  spreadMs = 0;
  /** A request of a process that is gone may have been carried out although it did not know. */
  wasUnheard = false;
  /** Of the present step. */
  random: () => number;
  /** The first rule that was broken outside a step's own code. */
  broken: BrokenRule | undefined;

  constructor(library: Library, setup: Setup) {
    this.library = library;
    this.setup = setup;
    this.clock = library.createManualClock();
    this.random = library.createSeededRandom(1);
    this.shared = library.createMemoryStore({ now: () => this.clock.now(), historyLimit: Number.POSITIVE_INFINITY });
    for (const name of instances) this.expected.set(name, new Expectations());
    for (const target of targets) this.pauses.set(target, new PersonPause(target));
    for (const provider of providers) this.moods.set(provider, { behaviour: 'answers', waitMs: 0, latencyMs: 0 });
  }

  /**
   * Processes of one instance whose clocks differ by more than a second take each other's times for those of a clock
   * that was set: each time a wait may then end that much too early.
   */
  get leewayMs(): number {
    return this.spreadMs > 1000 ? this.spreadMs : 0;
  }

  member({ process }: { process: number }): Member {
    return this.members[process]!;
  }

  /** What persons may have paused that keeps an instance from asking a tier. */
  pausesOver(instance: string, tier?: string): PersonPause[] {
    const keys = [`instance:${instance}`, 'all', ...(tier === undefined ? [] : [`provider:${tier.split('/')[0]}`])];
    return keys.flatMap((key) => this.pauses.get(key) ?? []);
  }

  /** Runs what is not the package's own code: a broken rule ends the run, wherever it was found. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof BrokenRule)) throw error;
      this.broken ??= error;
    }
  }

  checkSecrets(value: unknown): void {
    const text = value instanceof Error ? `${value.message} ${value.stack}` : textOf(value);
    for (const secret of [PROVIDER_SECRET, STORE_SECRET, HOOK_SECRET]) {
      if (text.includes(secret)) throw new BrokenRule('no secret gets out', text.slice(0, 300));
    }
  }
}

/** All text in a value, errors included. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const show = (_key: string, inner: unknown) =>
    inner instanceof Error ? Object.assign({}, inner, { message: inner.message }) : inner;
  return JSON.stringify(value, show) ?? '';
}
