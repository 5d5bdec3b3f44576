import type { CallContext, Tier } from 'tierfall';
import { BrokenRule } from './broken-rule.ts';
import { noteChain, type Member } from './member.ts';
import { errorOf, namesWait, pass } from './provider.ts';
import type { Scene } from './scene.ts';
import type { Do } from './steps.ts';
import { GROUP, USED_BY_ANSWER, type UsageBook } from './usage.ts';

/** Ends of calls that are no fault of tierfall. */
const goodEnds = /^TIERFALL_(CHAIN_EXHAUSTED|PAUSED|PINNED_TIER|DEADLINE|ATTEMPT_TIMEOUT)$/;
/** Ends of streams, besides, whose provider has gone silent or away. */
const goodStreamEnds = /^TIERFALL_(STREAM_CUT|STREAM_STALLED)$/;
const CHUNK_EVERY_MS = 500;
const IDLE_TIMEOUT_MS = 8000;

/** A call of an agent, as long as it is under way. */
interface Asking {
  readonly member: Member;
  readonly instance: string;
  readonly at: number;
  readonly pinned: string | null;
  readonly asked: string[];
  /** Chains that its process had when it began. */
  readonly chainsBefore: number;
  /** The tier whose content its reader has got. */
  content: string | undefined;
}

interface Piece {
  tier: string;
  isLast: boolean;
}

/** Calls of agents, and what providers answer. */
export class Calls {
  readonly #scene: Scene;
  readonly #usage: UsageBook;

  constructor(scene: Scene, usage: UsageBook) {
    this.#scene = scene;
    this.#usage = usage;
  }

  call(step: Do<'call'>): void {
    const { instance, pinned, session } = step;
    const asking = this.#begin(step, pinned);
    const { member } = asking;
    const usage = () => ({ inputTokens: USED_BY_ANSWER, outputTokens: 0 });
    const options = {
      instance,
      group: GROUP,
      usage,
      ...(pinned === null ? {} : { pinned }),
      ...(session === null ? {} : { session }),
    };
    const run = member.failover.run(async (tier, context) => {
      await this.#ask(asking, tier, context);
      this.#answered(asking, idOf(tier));
      this.#usage.note(member, instance, USED_BY_ANSWER);
      return { text: 'ok' };
    }, options);
    this.#follow(asking, run);
  }

  stream(step: Do<'stream'>): void {
    const { instance } = step;
    const asking = this.#begin(step, null);
    const options = {
      instance,
      group: GROUP,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      isContent: () => true,
      isComplete: ({ isLast }: Piece) => isLast,
    };
    const run = asking.member.failover.run(async (tier, context) => {
      await this.#ask(asking, tier, context);
      return this.#pieces(asking, step, idOf(tier), context.signal);
    }, options);
    this.#follow(
      asking,
      run.then(({ value }) => this.#read(asking, step, value as AsyncIterable<Piece>)),
    );
  }

  /** Asks every tier once; nothing may be learnt from it. */
  drill(step: Do<'drill'>): void {
    const asking = this.#begin(step, null);
    const drill = asking.member.failover.for(step.instance).drill(
      async (tier, context) => {
        this.#checkAsk(asking, tier, context);
        await this.#behave(tier, context.signal);
      },
      { timeoutMs: 5000 },
    );
    this.#follow(asking, drill);
  }

  ready({ process, instance }: Do<'ready'>): void {
    const asking = this.#begin({ process, instance }, null);
    const { member } = asking;
    const ready = member.failover.ready(instance).then(() =>
      this.#scene.guard(() => {
        for (const pause of this.#scene.pausesOver(instance)) pause.checkOpen(member, 'ready resolved');
      }),
    );
    // It waits as long as it takes: what is left at the end is looked at there.
    this.#scene.open.delete(asking);
    this.waiting.add(asking);
    ready.then(
      () => void this.waiting.delete(asking),
      () => void this.waiting.delete(asking),
    );
  }

  /** Who waits in `ready`. */
  readonly waiting = new Set<Asking>();

  checkEnd(error: unknown, isStream = false): void {
    const { code, status, message = '' } = error as { code?: string | null; status?: number; message?: string };
    if (status !== undefined) return;
    const text = code ?? '';
    // A tier that another process has taken out of the chain.
    const isUnknown = this.#scene.setup.updates && text === 'TIERFALL_CONFIG';
    if (!goodEnds.test(text) && !(isStream && goodStreamEnds.test(text)) && !isUnknown)
      throw new BrokenRule('nothing but providers, waits and pauses fails a call', `${code} ${message}`);
    this.#scene.checkSecrets(message);
  }

  #begin({ process, instance }: { process: number; instance: string }, pinned: string | null): Asking {
    const member = this.#scene.members[process]!;
    const at = this.#scene.clock.now();
    noteChain(member);
    const chainsBefore = member.chains.length;
    const asking: Asking = { member, instance, at, pinned, asked: [], chainsBefore, content: undefined };
    this.#scene.open.set(asking, asking);
    return asking;
  }

  #follow(asking: Asking, run: Promise<unknown>): void {
    const isStream = () => asking.content !== undefined;
    run.then(
      () => void this.#scene.open.delete(asking),
      (error: unknown) => {
        this.#scene.open.delete(asking);
        this.#scene.guard(() => this.checkEnd(error, isStream()));
      },
    );
  }

  /** What a provider does with a request, until it answers. Rejects with what it fails with. */
  async #ask(asking: Asking, tier: Tier, context: CallContext): Promise<void> {
    const { member, instance } = asking;
    if (member.isDead) return new Promise<never>(() => undefined);
    this.#checkAsk(asking, tier, context);
    const expected = this.#scene.expected.get(instance)!;
    const mood = this.#scene.moods.get(tier.provider)!;
    const id = idOf(tier);
    try {
      await this.#behave(tier, context.signal);
    } catch (error) {
      if (member.isDead) return new Promise<never>(() => undefined);
      const now = this.#scene.clock.now();
      // What a provider says of the request is no fault of the tier.
      if (mood.behaviour !== 'refuses' || context.signal.aborted) expected.failed(member, id, now);
      if (namesWait(mood) && !context.signal.aborted) expected.wait(member, id, mood.waitMs, now);
      throw error;
    }
    if (member.isDead) return new Promise<never>(() => undefined);
  }

  #checkAsk(asking: Asking, tier: Tier, { index }: Pick<CallContext, 'index'>): void {
    const { member, instance, pinned, asked, at, chainsBefore } = asking;
    const { clock, leewayMs, setup, expected } = this.#scene;
    const id = idOf(tier);
    const now = clock.now();
    noteChain(member);
    this.#scene.guard(() => {
      expected.get(instance)!.checkAsk(member, id, now, leewayMs);
      for (const pause of this.#scene.pausesOver(instance, id)) pause.checkAsk(member, id, now, at);
      if (pinned !== null && id !== pinned) throw new BrokenRule('a pinned call stays on its tier', `${id} asked`);
      if (asking.content !== undefined)
        throw new BrokenRule('a stream is not begun again after its content', `${id} asked after ${asking.content}`);
      if (setup.onExhausted !== 'wait' && asked.includes(id))
        throw new BrokenRule('a call asks each tier at most once', `${id} asked again`);
      asked.push(id);
      // What a process finds in the store when it begins may be replaced before anybody has looked.
      const found = chainsBefore === 1 ? this.#scene.updates : [];
      const chains = [...member.chains.slice(chainsBefore - 1), ...found];
      // One that waits for a tier goes on with the chain that is in force by then.
      const goesBy = (chain: readonly string[]) =>
        setup.onExhausted === 'wait' || asked.every((each) => chain.includes(each));
      if (!chains.some((chain) => chain[index] === id && goesBy(chain)))
        throw new BrokenRule('a call goes by one chain that was in force', `${asked.join(', ')}; ${index}`);
    });
  }

  async #behave(tier: Tier, signal: AbortSignal): Promise<void> {
    const mood = this.#scene.moods.get(tier.provider)!;
    const ms = mood.behaviour === 'hangs' ? Number.POSITIVE_INFINITY : mood.latencyMs;
    if (ms > 0) await pass(this.#scene.clock, ms, signal);
    const error = errorOf(this.#scene.library, mood);
    if (error !== undefined) throw error;
  }

  #answered({ instance }: Asking, id: string): void {
    const now = this.#scene.clock.now();
    this.#scene.expected.get(instance)!.answered(id, now);
    this.#scene.answeredAt.set(id.split('/')[0]!, now);
  }

  /** The stream of a provider that has answered, and may die on the way. */
  async *#pieces(asking: Asking, step: Do<'stream'>, tier: string, signal: AbortSignal): AsyncGenerator<Piece> {
    const { clock, library, expected, answeredAt } = this.#scene;
    for (let at = 0; at < step.chunks; at++) {
      if (at > 0) await pass(clock, CHUNK_EVERY_MS, signal);
      if (asking.member.isDead) return;
      const isLast = step.end === 'ends' && at === step.chunks - 1;
      answeredAt.set(tier.split('/')[0]!, clock.now());
      if (isLast || step.leaves) this.#answered(asking, tier);
      yield { tier, isLast };
    }
    if (step.end === 'ends' && step.chunks > 0) return;
    if (asking.member.isDead) return;
    expected.get(asking.instance)!.failed(asking.member, tier, clock.now());
    if (step.end === 'breaks') throw library.serverError()();
    if (step.end === 'stalls') await pass(clock, Number.POSITIVE_INFINITY, signal);
  }

  async #read(asking: Asking, step: Do<'stream'>, pieces: AsyncIterable<Piece>): Promise<void> {
    const { member } = asking;
    let count = 0;
    for await (const { tier } of pieces) {
      if (member.isDead) return;
      asking.content ??= tier;
      if (asking.content !== tier) throw this.#note('a stream is of one tier', `${tier} after ${asking.content}`);
      count++;
      if (step.leaves) return;
    }
    if (member.isDead) return;
    if (step.end !== 'ends' || count !== step.chunks)
      throw this.#note('a stream that dies half-way is an error to its reader', `${step.end} after ${count} pieces`);
  }

  #note(rule: string, detail: string): BrokenRule {
    const broken = new BrokenRule(rule, detail);
    this.#scene.broken ??= broken;
    return broken;
  }
}

function idOf({ provider, model }: Tier): string {
  return `${provider}/${model}`;
}
