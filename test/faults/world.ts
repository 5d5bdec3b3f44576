import { Calls } from './calls.ts';
import { Healing } from './healing.ts';
import { LedgerCheck } from './ledger.ts';
import type { Library } from './library.ts';
import { Listener } from './listener.ts';
import { Operators } from './operators.ts';
import { Processes } from './processes.ts';
import { Scene } from './scene.ts';
import { startMore } from './startup.ts';
import { targets, type Setup, type Step } from './steps.ts';
import { UsageBook } from './usage.ts';

/** Processes, providers, one store and one clock; it takes steps, and throws `BrokenRule` where a rule is broken. */
export class World {
  readonly #scene: Scene;
  readonly #ledgers: LedgerCheck[];
  readonly #processes: Processes;
  readonly #calls: Calls;
  readonly #operators: Operators;
  readonly #usage: UsageBook;
  readonly #healing: Healing;

  constructor(library: Library, setup: Setup) {
    const scene = new Scene(library, setup);
    this.#scene = scene;
    this.#ledgers = targets.map((target) => new LedgerCheck(scene, target));
    this.#usage = new UsageBook(scene);
    this.#processes = new Processes(scene, new Listener(scene), this.#usage);
    this.#calls = new Calls(scene, this.#usage);
    this.#operators = new Operators(scene);
    const parts = { processes: this.#processes, operators: this.#operators, calls: this.#calls, usage: this.#usage };
    this.#healing = new Healing(scene, parts, () => this.#check());
  }

  /** Takes one step, lets everything settle, and looks at all rules. */
  async take(step: Step): Promise<void> {
    this.#scene.random = this.#scene.library.createSeededRandom(step.salt);
    await this.#act(step);
    await this.#scene.clock.settle();
    await this.#check();
  }

  /** Ends every timer that a run has left. */
  close(): void {
    for (const member of this.#scene.members) this.#processes.kill(member);
  }

  async #check(): Promise<void> {
    if (this.#scene.broken) throw this.#scene.broken;
    for (const ledger of this.#ledgers) await ledger.check();
  }

  async #act(step: Step): Promise<void> {
    switch (step.do) {
      case 'advance':
        return this.#scene.clock.advance(step.ms);
      case 'call':
        for (let count = 0; count < step.count; count++) this.#calls.call(step);
        return;
      case 'stream':
        for (let count = 0; count < step.count; count++) this.#calls.stream(step);
        return;
      case 'drill':
        return this.#calls.drill(step);
      case 'ready':
        return this.#calls.ready(step);
      case 'provider': {
        const { behaviour, waitMs, latencyMs } = step;
        this.#scene.moods.set(step.provider, { behaviour, waitMs, latencyMs });
        return;
      }
      case 'store':
        return this.#processes.setWeather(this.#scene.member(step), step.weather);
      case 'crash':
        return this.#processes.crash(step);
      case 'jump':
        return this.#processes.jump(step);
      case 'pause':
        return this.#operators.pause(step);
      case 'resume':
        return this.#operators.resume(step);
      case 'alert':
        return this.#operators.alert(step);
      case 'reset':
        return this.#operators.reset(step);
      case 'reset-shared':
        return this.#operators.resetShared(step);
      case 'hold':
        return this.#operators.hold(step);
      case 'update':
        return this.#operators.update(step);
      case 'trigger':
        return this.#operators.trigger(step);
      case 'report':
        return this.#operators.report(step);
      case 'usage':
        return this.#usage.use(step);
      case 'startup':
        return startMore(this.#scene, step);
      case 'heal':
        return this.#healing.heal();
    }
  }
}
