import {
  context as contexts,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { Tier } from '../core/config.js';
import { isTierfallError } from '../core/errors.js';
import type { AttemptFailedEvent } from '../ports/failover.js';
import type { Active } from './active-operation.js';
import { attribute, moveAttributes, OTHER_ERROR, tierAttributes, type ErrorType, type Outcome } from './attributes.js';
import type { Instruments } from './instruments.js';

/** What all operations of one instrumented failover share. */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** `gen_ai.operation.name`. */
  readonly operationName: string;
  readonly withInstance: boolean;
  readonly withSession: boolean;
  /** The operation that an event belongs to. */
  readonly active: Active<Operation>;
}

interface Subject {
  instance: string;
  session: string | undefined;
  signal: AbortSignal | undefined;
}

/** One call: its span, and the attempts below it. */
export class Operation {
  readonly context: Context;
  readonly subject: Subject;
  readonly telemetry: Telemetry;
  /** For metrics. */
  readonly attributes: Attributes;
  readonly #span: Span;
  readonly #startedAt: number;
  #count = 0;
  #current: AttemptSpan | undefined;
  #ended = false;
  /** Stops listening to the caller's signal. */
  #unwatch: (() => void) | undefined;

  constructor(telemetry: Telemetry, subject: Subject) {
    const { operationName, withInstance, withSession } = telemetry;
    const named = { [attribute.operationName]: operationName };
    this.telemetry = telemetry;
    this.subject = subject;
    this.attributes = withInstance ? { ...named, [attribute.instance]: subject.instance } : named;
    const conversation =
      withSession && subject.session !== undefined ? { [attribute.conversation]: subject.session } : {};
    this.#span = telemetry.tracer.startSpan(`failover ${operationName}`, {
      kind: SpanKind.INTERNAL,
      attributes: { ...this.attributes, ...conversation },
    });
    this.context = trace.setSpan(contexts.active(), this.#span);
    this.#startedAt = telemetry.now();
  }

  /** Runs work as part of this call. */
  within<V>(work: () => V): V {
    return contexts.with(this.context, () => this.telemetry.active.run(this, work));
  }

  /** An attempt begins. */
  begin(tier: Tier, index: number, number: number): AttemptSpan {
    const before = this.#current;
    // Where no `attempt-failed` event could be matched to this call, a further attempt shows that this one failed.
    before?.end('error');
    if (before && before.index !== index) {
      const why = before.errorType === undefined ? {} : { [attribute.errorType]: before.errorType };
      this.telemetry.instruments.fallbacks.add(1, {
        ...this.attributes,
        ...moveAttributes(before.tier, tier),
        ...why,
      });
    }
    this.#count++;
    this.#current = new AttemptSpan(this, tier, index, number);
    return this.#current;
  }

  /** The failover's classification of the current attempt. */
  judge(event: AttemptFailedEvent): void {
    if (this.#current?.index === event.tier.index) this.#current.fail(event);
  }

  addEvent(name: string, attributes: Attributes): void {
    this.#span.addEvent(name, attributes);
  }

  /** The first content of a stream has arrived. */
  content(): void {
    const attributes = { ...this.attributes, ...this.#current?.named };
    this.#span.setAttribute(attribute.stream, true);
    this.telemetry.instruments.timeToFirstContent.record(this.#elapsed(), attributes);
    // A caller that aborts may never read again, and nothing else would end the operation then.
    const { signal } = this.subject;
    if (!signal) return;
    const onAbort = () => this.#end('aborted', undefined);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#unwatch = () => signal.removeEventListener('abort', onAbort);
  }

  end(outcome: Exclude<Outcome, 'error'>): void {
    this.#end(outcome, undefined);
  }

  /** The call or its stream was rejected. Records the class of the error, never its text. */
  fail(error: unknown): void {
    if (this.subject.signal?.aborted) this.#end('aborted', undefined);
    else this.#end('error', isTierfallError(error) ? error.code : (this.#current?.errorType ?? OTHER_ERROR));
  }

  #end(outcome: Outcome, errorType: ErrorType | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unwatch?.();
    this.#current?.end(outcome);
    const answered = outcome === 'error' || outcome === 'aborted' ? {} : { ...this.#current?.named };
    const attributes = {
      ...answered,
      [attribute.outcome]: outcome,
      ...(errorType === undefined ? {} : { [attribute.errorType]: errorType }),
    };
    this.telemetry.instruments.operationDuration.record(this.#elapsed(), { ...this.attributes, ...attributes });
    this.#span.setAttributes({ ...attributes, [attribute.attempts]: this.#count });
    // Without a message, which could quote a prompt.
    if (errorType !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }

  #elapsed(): number {
    return (this.telemetry.now() - this.#startedAt) / 1000;
  }
}

/** One attempt at one tier: a client span as the conventions describe it for a model call. */
export class AttemptSpan {
  readonly tier: Tier;
  readonly index: number;
  /** The attributes that name its tier. */
  readonly named: Attributes;
  /** The context that the provider call runs in. */
  readonly context: Context;
  errorType: ErrorType | undefined;
  readonly #operation: Operation;
  readonly #span: Span;
  readonly #startedAt: number;
  #ended = false;

  constructor(operation: Operation, tier: Tier, index: number, number: number) {
    const { tracer, now, operationName } = operation.telemetry;
    this.#operation = operation;
    this.tier = tier;
    this.index = index;
    this.named = tierAttributes(tier, index);
    this.#span = tracer.startSpan(
      `${operationName} ${tier.model}`,
      { kind: SpanKind.CLIENT, attributes: { ...operation.attributes, ...this.named, [attribute.attempt]: number } },
      operation.context,
    );
    this.context = trace.setSpan(operation.context, this.#span);
    this.#startedAt = now();
  }

  /** The attempt answers with a stream, and lasts until that ends. */
  streams(): void {
    this.#span.setAttribute(attribute.stream, true);
  }

  fail({ kind, rule, status, retryAfterMs }: AttemptFailedEvent): void {
    this.errorType = kind;
    this.#span.setAttributes({
      [attribute.rule]: rule,
      ...(status === undefined ? {} : { [attribute.status]: status }),
      ...(retryAfterMs === undefined ? {} : { [attribute.retryAfter]: retryAfterMs / 1000 }),
    });
    this.end('error');
  }

  end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    if (outcome === 'error') this.errorType ??= OTHER_ERROR;
    const { attributes, telemetry } = this.#operation;
    const ending = {
      [attribute.outcome]: outcome,
      ...(this.errorType === undefined ? {} : { [attribute.errorType]: this.errorType }),
    };
    const all = { ...attributes, ...this.named, ...ending };
    telemetry.instruments.attempts.add(1, all);
    telemetry.instruments.attemptDuration.record((telemetry.now() - this.#startedAt) / 1000, all);
    this.#span.setAttributes(ending);
    if (outcome === 'error') this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }
}
