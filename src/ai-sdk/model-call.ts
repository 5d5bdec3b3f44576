import { answeredBy as whoAnswered, type AnsweredBy } from '../bridge-call.js';
import { printedIds, type Tier } from '../core/config.js';
import { ConfigError, configError } from '../core/errors.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { CallOptions } from '../ports/failover.js';
import type { ModelInput, ProviderOptions } from './model-types.js';

/** Where `providerOptions` and `providerMetadata` keep what is ours. */
const OURS = 'tierfall';

/** What holds for every call of a model; `providerOptions.tierfall` outranks it for one call. */
export interface FailoverModelOptions
  extends Pick<CallOptions, 'instance' | 'session' | 'group' | 'pinned' | 'first' | 'deadlineMs' | 'fallbacks'> {
  /** The model's name towards the AI SDK. Default: the ids of the chain, joined by ` > `. */
  modelId?: string | undefined;
  /** Reports each answer's tokens to `policy.tokenBudget`. Default false: the host does. */
  recordUsage?: boolean | undefined;
}

/** One call of the AI SDK, sorted into what is ours and what is the model's. */
export interface ModelCall {
  instance: string;
  /** For `failover.run`. */
  run: Pick<
    CallOptions,
    'instance' | 'session' | 'group' | 'signal' | 'pinned' | 'first' | 'promptTokens' | 'deadlineMs' | 'fallbacks'
  >;
  /** Without our own entry: a session's name is no provider's business. */
  providerOptions: ProviderOptions | undefined;
}

const known = ['instance', 'session', 'group', 'pinned', 'first', 'deadlineMs', 'fallbacks', 'modelId'];

/** Checks what a model was made with, beside what all kinds of models take. @throws {ConfigError} one is unknown */
export function checkModelOptions(options: object, more: readonly string[] = []): void {
  if (typeof options !== 'object' || options === null) throw configError('options', 'expected an object, or nothing');
  const issues = unknownOptions(options, [...known, ...more]);
  if (issues.length > 0) throw new ConfigError(issues);
}

/** Sorts one call. @throws {ConfigError} naming the entry of `providerOptions.tierfall` that is wrong */
export function readCall(call: ModelInput, options: FailoverModelOptions, chain: readonly Tier[]): ModelCall {
  const { [OURS]: ours, ...rest } = call.providerOptions ?? {};
  const own = ours === undefined ? {} : readOwn(ours, chain);
  const { deadlineMs, fallbacks } = options;
  const instance = own.instance ?? options.instance ?? 'default';
  const session = own.session ?? options.session;
  const group = own.group ?? options.group;
  // What one call says outranks what holds for the others, and a pin where they begin.
  const isOwn = own.pinned !== undefined || own.first !== undefined;
  const pinned = isOwn ? own.pinned : options.pinned;
  const first = isOwn ? own.first : pinned === undefined ? options.first : undefined;
  return {
    instance,
    run: {
      instance,
      ...(session === undefined ? {} : { session }),
      ...(group === undefined ? {} : { group }),
      ...(pinned === undefined ? {} : { pinned }),
      ...(first === undefined ? {} : { first }),
      ...(own.promptTokens === undefined ? {} : { promptTokens: own.promptTokens }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(fallbacks === undefined ? {} : { fallbacks }),
      ...(call.abortSignal === undefined ? {} : { signal: call.abortSignal }),
    },
    providerOptions: call.providerOptions && rest,
  };
}

/** Who answered, for `providerMetadata.tierfall`. */
export function answeredBy(result: Parameters<typeof whoAnswered>[0]): { [OURS]: AnsweredBy } {
  return { [OURS]: whoAnswered(result) };
}

type Own = Pick<CallOptions, 'instance' | 'session' | 'group' | 'pinned' | 'first' | 'promptTokens'>;

function readOwn(value: unknown, chain: readonly Tier[]): Own {
  const path = `providerOptions.${OURS}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw configError(path, 'expected { instance?, session?, group?, pinned?, first?, promptTokens? }');
  }
  const own: Own = {};
  for (const [name, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    if (name === 'instance' || name === 'session' || name === 'group') own[name] = readName(entry, `${path}.${name}`);
    else if (name === 'pinned' || name === 'first') own[name] = readTier(entry, `${path}.${name}`, chain);
    else if (name === 'promptTokens') own.promptTokens = readTokens(entry, `${path}.${name}`);
    else {
      const message = 'unknown; known are instance, session, group, pinned, first and promptTokens';
      throw configError(`${path}.${name}`, message);
    }
  }
  return own;
}

function readName(value: unknown, path: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw configError(path, 'expected a non-empty string');
}

function readTokens(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw configError(path, 'expected a finite number of tokens, 0 or more');
}

/**
 * An index, a tier's id, `provider/model` for all keys of that model, or an object; whether the chain has it is for
 * `run` to say.
 */
function readTier(value: unknown, path: string, chain: readonly Tier[]): NonNullable<Own['pinned']> {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    if (printedIds(chain).includes(value)) return value;
    const slash = value.indexOf('/');
    if (slash > 0 && slash < value.length - 1) {
      return { provider: value.slice(0, slash), model: value.slice(slash + 1) };
    }
  } else if (typeof value === 'object' && value !== null && 'provider' in value && 'model' in value) {
    const { provider, model, credential }: { provider: unknown; model: unknown; credential?: unknown } = value;
    const isCredential = credential === undefined || credential === null || typeof credential === 'string';
    if (typeof provider === 'string' && typeof model === 'string' && isCredential) {
      return credential === undefined ? { provider, model } : { provider, model, credential };
    }
  }
  throw configError(path, "expected an index, 'provider/model' or { provider, model, credential? }");
}
