import type { Pause, State } from 'tierfall';
import { BrokenRule } from './broken-rule.ts';
import type { Calls } from './calls.ts';
import { chainOf } from './member.ts';
import type { Operators } from './operators.ts';
import type { Processes } from './processes.ts';
import type { Scene } from './scene.ts';
import { instances, providers } from './steps.ts';
import { GROUP, WINDOW_MS, type UsageBook } from './usage.ts';

/** Of what only a person mends, after many failures. */
const LONGEST_REST_MS = 6 * 3_600_000;
/** How long a call may be away when nothing is wrong any more. */
const LONGEST_CALL_MS = 300_000;

/** Everything works again: what was pending is stored, calls end, and come back. */
export class Healing {
  readonly #scene: Scene;
  readonly #parts: { processes: Processes; operators: Operators; calls: Calls; usage: UsageBook };
  readonly #check: () => Promise<void>;

  constructor(
    scene: Scene,
    parts: { processes: Processes; operators: Operators; calls: Calls; usage: UsageBook },
    check: () => Promise<void>,
  ) {
    this.#scene = scene;
    this.#parts = parts;
    this.#check = check;
  }

  async heal(): Promise<void> {
    const { members, moods, clock, expected, pauses, open, setup } = this.#scene;
    const { processes, usage, operators } = this.#parts;
    for (const provider of providers) moods.set(provider, { behaviour: 'answers', waitMs: 0, latencyMs: 0 });
    for (const member of members) processes.setWeather(member, 'good');
    await clock.advance(40_000);
    for (const { failover } of members) for (const name of instances) void failover.state(name);
    await clock.advance(40_000);
    for (const each of [...expected.values(), ...pauses.values()]) each.settle();
    await this.#check();
    if (setup.updates) await operators.checkChains();
    if (setup.budget) await usage.check();
    const tooOld = [...open.values()].filter(({ at }) => clock.now() - at > LONGEST_CALL_MS);
    if (tooOld.length > 0) throw new BrokenRule('every call ends', `${tooOld.length} calls have not ended`);
    if (setup.monitor) {
      await this.#checkMonitors();
      await this.#closeMonitors();
    }
    await this.#checkReturn();
  }

  /** What monitors have paused returns by itself where calls need it: here at the best tier. */
  async #checkMonitors(): Promise<void> {
    const { clock, members, shared } = this.#scene;
    const [best] = chainOf(members[0]!);
    await this.#parts.operators.resumeWhatNeedsThem(0);
    const isMonitors = ({ source, until = Number.POSITIVE_INFINITY }: Pause) =>
      (source === 'health' || source === 'alert') && until > clock.now();
    const paused = async () => {
      const found: string[] = [];
      for (const key of [`provider:${best!.split('/')[0]}`, 'all', ...instances.map((name) => `instance:${name}`)]) {
        const state = (await shared.load(key))?.state as State | undefined;
        if (state?.pauses.some(isMonitors)) found.push(`${key} ${JSON.stringify(state.pauses)}`);
      }
      return found;
    };
    const begun = clock.now();
    while ((await paused()).length > 0) {
      if (clock.now() - begun > LONGEST_REST_MS + 2 * WINDOW_MS)
        throw new BrokenRule('a monitor lets return what answers', (await paused()).join());
      for (const name of instances) this.#call(0, name, () => undefined);
      await clock.advance(30_000);
      // A chain that was used up meanwhile may have paused its instance.
      await this.#parts.operators.resumeWhatNeedsThem(0);
    }
  }

  /** Hours of looking every 20 s are most of what a run costs, and find nothing. */
  async #closeMonitors(): Promise<void> {
    for (const { monitor } of this.#scene.members) await monitor?.close();
  }

  /** Persons lift what they did; then calls must come back to the best tier. */
  async #checkReturn(): Promise<void> {
    const { clock, setup, members } = this.#scene;
    const { operators, processes, calls } = this.#parts;
    await operators.liftAll(0);
    // Longer than the longest rest, and than a window of the budget.
    await clock.advance(LONGEST_REST_MS + 2 * WINDOW_MS);
    const served = new Map<string, string>();
    // Calls come back one share after the other: enough of them for the slowest way back.
    for (let call = 0; call < 24; call++) {
      for (const name of instances) this.#call(0, name, (tier) => void served.set(name, tier ?? 'nobody'));
      await clock.advance(30_000);
    }
    await this.#check();
    const [best] = chainOf(members[0]!);
    for (const name of instances) {
      if (served.get(name) !== best)
        throw new BrokenRule('calls come back', `${name} is served by ${served.get(name)}`);
    }
    const waits = [...calls.waiting].filter(({ member }) => !member.isDead);
    if (waits.length > 0) throw new BrokenRule('ready resolves when calls may go', `${waits.length} still wait`);
    if (setup.monitor) for (const member of members) processes.watch(member);
  }

  /** A call to providers that all answer. */
  #call(process: number, instance: string, ended: (tier: string | undefined) => void): void {
    const { members, expected, answeredAt, clock } = this.#scene;
    const run = members[process]!.failover.run(
      async ({ provider, model }) => {
        expected.get(instance)!.answered(`${provider}/${model}`, clock.now());
        answeredAt.set(provider, clock.now());
        return `${provider}/${model}`;
      },
      { instance, group: GROUP },
    );
    run.then(
      ({ value }) => ended(value),
      (error: unknown) => {
        ended(undefined);
        this.#scene.guard(() => this.#parts.calls.checkEnd(error));
      },
    );
  }
}
