import type { PauseTarget, State } from 'tierfall';
import { BrokenRule } from './broken-rule.ts';
import { chainOf } from './member.ts';
import type { Scene } from './scene.ts';
import { chains, instances, type Do } from './steps.ts';

/** Persons, scripts and machines that act on instances, providers, everything and the chain. */
export class Operators {
  readonly #scene: Scene;
  /** Updates that have not ended. */
  #updating = 0;
  /** The chain of the last update that was acknowledged; `undefined`: others were under way, or failed, since. */
  #acknowledged: readonly string[] | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  pause({ process, target, source, salt }: Do<'pause'>): void {
    const member = this.#scene.members[process]!;
    const isPerson = source === 'operator';
    const ended = isPerson ? this.#scene.pauses.get(target)!.pause(member) : undefined;
    const until = isPerson ? {} : { until: member.now() + 30_000 };
    const options = { by: nameOf(isPerson, salt), reason: 'a look', source, ...until };
    this.#follow(member.failover.pause(pauseTarget(target), options), (isStored) =>
      ended?.(isStored, this.#scene.clock.now()),
    );
  }

  resume({ process, target, source, salt }: Do<'resume'>): void {
    const member = this.#scene.members[process]!;
    const isPerson = source === 'operator';
    const ended = isPerson ? this.#scene.pauses.get(target)!.lift() : undefined;
    const by = nameOf(isPerson, salt);
    // A person has two ways.
    const { monitor } = member;
    const resuming =
      isPerson && monitor && salt % 2 === 0
        ? monitor.resume({ by, target: pauseTarget(target) })
        : member.failover.resume(pauseTarget(target), { by, source });
    this.#follow(resuming, ended);
  }

  alert({ process, target }: Do<'alert'>): void {
    const { monitor } = this.#scene.members[process]!;
    const facts = { rule: 'external', reason: 'a page', by: 'pager' };
    if (monitor) this.#follow(monitor.alert({ ...facts, target: pauseTarget(target) }));
  }

  reset({ process, instance, salt }: Do<'reset'>): void {
    const lifted = this.#scene.pauses.get(`instance:${instance}`)!.lift();
    const forgotten = this.#scene.expected.get(instance)!.reset();
    const resetting = this.#scene.members[process]!.failover.reset(instance, { by: nameOf(true, salt) });
    this.#follow(resetting, (isStored) => {
      lifted(isStored);
      forgotten(isStored);
    });
  }

  resetShared({ process, target, salt }: Do<'reset-shared'>): void {
    const { expected, members } = this.#scene;
    const forgotten = [...expected.values()].map((each) => each.reset());
    this.#follow(members[process]!.failover.reset(sharedTarget(target), { by: nameOf(true, salt) }), (isStored) => {
      for (const each of forgotten) each(isStored);
    });
  }

  hold({ process, instance, tier, ms, salt }: Do<'hold'>): void {
    const member = this.#scene.members[process]!;
    this.#follow(member.failover.hold(instance, tier, { by: nameOf(true, salt), until: member.now() + ms }));
  }

  update({ process, chain, salt }: Do<'update'>): void {
    const { failover } = this.#scene.members[process]!;
    const next = chains[chain]!;
    const isAlone = this.#updating === 0;
    const count = this.#scene.updates.push(next);
    this.#updating += 1;
    this.#acknowledged = undefined;
    this.#follow(failover.update({ chain: [...next] }, { by: nameOf(true, salt) }), (isStored) => {
      if (isStored) this.#updating -= 1;
      this.#acknowledged = isStored && isAlone && count === this.#scene.updates.length ? next : undefined;
    });
  }

  trigger({ process, instance, tier, count }: Do<'trigger'>): void {
    const member = this.#scene.members[process]!;
    for (let each = 0; each < count; each++) {
      this.#scene.expected.get(instance)!.failed(member, tier, this.#scene.clock.now());
      this.#follow(member.failover.recordExternalTrigger(instance, 'overloaded', { tier }));
    }
  }

  /** Work that ran elsewhere: reported late, and more than once. */
  report({ process, instance, tier, ok, ageMs, waitMs, count }: Do<'report'>): void {
    const member = this.#scene.members[process]!;
    const expected = this.#scene.expected.get(instance)!;
    const startedAt = member.now() - ageMs;
    const named = waitMs > 0 ? { retryAfterMs: waitMs } : {};
    for (let each = 0; each < count; each++) {
      const now = this.#scene.clock.now();
      if (ok) {
        expected.answered(tier, now);
        this.#follow(member.failover.record(instance, { tier, ok: true, startedAt }));
        continue;
      }
      expected.failed(member, tier, now);
      const outcome = { tier, ok: false, kind: 'overloaded', startedAt, ...named } as const;
      this.#follow(member.failover.record(instance, outcome), (isTaken) => {
        if (isTaken && waitMs > 0) expected.wait(member, tier, waitMs, now);
      });
    }
  }

  /** All processes go by the chain that is stored, and that is the one that was acknowledged. */
  async checkChains(): Promise<void> {
    const { shared, members } = this.#scene;
    const stored = (await shared.load('config:chain'))?.state as { chain: { provider: string; model: string }[] };
    const inForce = stored?.chain.map(({ provider, model }) => `${provider}/${model}`) ?? [...chains[0]];
    if (this.#acknowledged && this.#acknowledged.join() !== inForce.join())
      throw new BrokenRule('an acknowledged chain is stored', `${this.#acknowledged.join()}, not ${inForce.join()}`);
    for (const member of members) {
      const own = chainOf(member);
      if (own.join() !== inForce.join())
        throw new BrokenRule('all processes go by the stored chain', `${own.join()}, not ${inForce.join()}`);
    }
  }

  /** Persons resume what somebody else than a monitor keeps paused. */
  async resumeWhatNeedsThem(process: number): Promise<void> {
    const { members, clock, pauses, shared } = this.#scene;
    for (const target of pauses.keys()) {
      const state = (await shared.load(target))?.state as State | undefined;
      if (!state?.pauses.some(({ source }) => source !== 'health' && source !== 'alert')) continue;
      const ended = pauses.get(target)!.lift();
      this.#follow(members[process]!.failover.resume(pauseTarget(target), { by: 'eve' }), ended);
      await clock.settle();
    }
  }

  /** Persons lift everything that they, or monitors, have paused. */
  async liftAll(process: number): Promise<void> {
    const { members, clock, pauses } = this.#scene;
    for (const target of pauses.keys()) {
      const ended = pauses.get(target)!.lift();
      this.#follow(members[process]!.failover.resume(pauseTarget(target), { by: 'eve' }), ended);
      await clock.settle();
    }
    for (const name of instances) void members[process]!.failover.state(name);
  }

  /** An action ends with `StoreError` or well. */
  #follow(action: Promise<void>, ended: (isStored: boolean) => void = () => undefined): void {
    action.then(
      () => ended(true),
      (error: unknown) => {
        ended(false);
        const { code } = error as { code?: string };
        // A tier that the chain lacks by now.
        const isUnknown = this.#scene.setup.updates && code === 'TIERFALL_CONFIG';
        this.#scene.guard(() => {
          if (code !== 'TIERFALL_STORE' && !isUnknown)
            throw new BrokenRule('an action ends with StoreError or not at all', String(error));
          this.#scene.checkSecrets(error);
        });
      },
    );
  }
}

/** Each person another one: the same pause again, while the store cannot be read, is rejected and not kept here. */
function nameOf(isPerson: boolean, salt: number): string {
  return isPerson ? `eve-${salt}` : 'machine';
}

function pauseTarget(target: string): PauseTarget {
  const [kind, name] = target.split(':');
  return kind === 'instance' ? name! : sharedTarget(target);
}

function sharedTarget(target: string): { provider: string } | { all: true } {
  const [, provider] = target.split(':');
  return provider === undefined ? { all: true } : { provider };
}
