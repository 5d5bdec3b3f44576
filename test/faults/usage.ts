import { BrokenRule } from './broken-rule.ts';
import type { Member } from './member.ts';
import type { Scene } from './scene.ts';
import { instances, type Do } from './steps.ts';

export const WINDOW_MS = 3_600_000;
export const LIMIT = 1000;
export const USED_BY_ANSWER = 40;
/** How long what was used may take to reach a store that works. */
const LONGEST_WRITE_MS = 1000;
/** Both instances are of it. */
export const GROUP = 'workers';

/** What an answer has used. */
interface Use {
  member: Member;
  instance: string;
  window: number;
  tokens: number;
  at: number;
  /** It is stored, or will be. */
  isSafe: boolean;
}

/** What was used, and what budgets say of it. */
export class UsageBook {
  readonly #scene: Scene;
  readonly #uses: Use[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  use({ process, instance, tokens }: Do<'usage'>): void {
    const member = this.#scene.members[process]!;
    const use = this.note(member, instance, tokens);
    const usage = { inputTokens: tokens, outputTokens: 0 };
    const [tier] = member.failover.chain;
    member.failover.recordUsage(instance, usage, { tier: tier!, group: GROUP }).catch((error: { code?: string }) => {
      // A tier that an update has taken out of the chain meanwhile.
      if (!this.#scene.setup.updates || error.code !== 'TIERFALL_CONFIG') throw error;
      use.tokens = 0;
    });
  }

  note(member: Member, instance: string, tokens: number): Use {
    const window = Math.floor(member.now() / WINDOW_MS);
    const use = { member, instance, window, tokens, at: this.#scene.clock.now(), isSafe: true };
    this.#uses.push(use);
    return use;
  }

  /** What was used a moment ago may not have reached the store. */
  doubtLast(member: Member): void {
    const { lostIncrements, weather } = member.network;
    for (const use of this.#uses) {
      const wasWritten = weather === 'good' && this.#scene.clock.now() - use.at > 3000 && member.goodSince < use.at;
      if (use.member === member && (!wasWritten || lostIncrements)) use.isSafe = false;
    }
  }

  /** What was counted in the last second of a window that a jump of the clock has left is not written any more. */
  doubtAll(member: Member): void {
    for (const use of this.#uses) if (use.member === member) use.isSafe = false;
  }

  async check(): Promise<void> {
    const { members, clock, setup } = this.#scene;
    for (const member of members) {
      for (const name of instances) {
        const asked = member.failover.budget(name);
        await clock.settle();
        const status = await asked;
        if (!status) throw new BrokenRule('a budget is counted', `${name} has none`);
        // A process that has just begun does not know yet which group an instance is of.
        const isKnown = this.#uses.some((use) => use.member === member && use.instance === name);
        if (setup.scope === 'group' && !isKnown) continue;
        this.#checkUsed(member, name, status.windowStartAt / WINDOW_MS, status.used);
      }
    }
  }

  #checkUsed(asked: Member, name: string, window: number, used: number): void {
    const { setup, members, clock } = this.#scene;
    const own = this.#uses.filter((use) => setup.scope !== 'instance' || use.instance === name);
    // What a store that was away has missed of a window is not written once that is over.
    const isOver = ({ member }: Use) => !member.isDead && Math.floor(member.now() / WINDOW_MS) !== window;
    const sum = (uses: Use[]) => uses.reduce((total, { tokens }) => total + tokens, 0);
    // What another process has counted a moment ago is on its way to the store.
    const isThere = ({ member, at }: Use) => member === asked || clock.now() - at > LONGEST_WRITE_MS;
    const least = sum(own.filter((use) => use.window === window && use.isSafe && !isOver(use) && isThere(use)));
    if (used < least) throw new BrokenRule('what was used stays counted', `${name}: ${used} of at least ${least}`);
    const all = [...members, ...this.#uses.map(({ member }) => member)];
    if (all.some(({ network }) => network.lostIncrements || network.lateIncrements)) return;
    // What was reported at the end of a window may be counted in the next, or in an earlier one that a clock was set back to.
    const most = sum(own.filter((use) => use.window >= window - 1));
    if (used > most) throw new BrokenRule('what was used is counted once', `${name}: ${used} of at most ${most}`);
  }
}
