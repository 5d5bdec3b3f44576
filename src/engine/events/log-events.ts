import type { PauseTarget, EventTier } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import { catchRejection } from './catch-rejection.js';
import type { FailoverEmitter } from './emitter.js';

/** A host's logger, made safe to call: what it throws, or rejects with, is lost with the line. */
export function guardLogger(logger: Logger | undefined): Logger | undefined {
  if (!logger) return undefined;
  const guarded = (level: keyof Logger) => (message: string) => {
    try {
      catchRejection(logger[level](message));
    } catch {
      // There is nowhere left to report it.
    }
  };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}

/** Writes one line for each event to a logger, if one was handed in: what changed at `info`, what failed at `warn`. */
export function logEvents(emitter: FailoverEmitter, logger: Logger | undefined): void {
  if (!logger) return;
  emitter.on('tier-change', ({ instance, from, to, direction, reason, until, origin }) => {
    const step = `${nameOf(from)} -> ${nameOf(to)}`;
    logger.info(`tierfall: ${instance} goes ${direction}, ${step} (${reason})${ending(until)}, ${origin}`);
  });
  emitter.on('attempt-failed', ({ instance, tier, kind, rule, status, durationMs }) => {
    const verdict = `${kind}, status ${status ?? 'none'}, rule ${rule}`;
    logger.debug(`tierfall: ${instance} failed at ${nameOf(tier)}: ${verdict}, ${durationMs} ms`);
  });
  emitter.on('retry', ({ instance, tier, kind, attempt, delayMs }) =>
    logger.debug(`tierfall: ${instance} asks ${nameOf(tier)} again in ${delayMs} ms (${kind}), attempt ${attempt}`),
  );
  emitter.on('exhausted', ({ instance, policy, retryAt, origin }) =>
    logger.warn(`tierfall: ${instance} has used up its chain (${policy})${ending(retryAt ?? undefined)}, ${origin}`),
  );
  emitter.on('available', (event) =>
    logger.info(`tierfall: calls of ${'instance' in event ? event.instance : 'everything'} may be made again`),
  );
  emitter.on('paused', ({ target, source, by, origin }) =>
    logger.warn(`tierfall: ${targetOf(target)} paused (${source}) by ${by}, ${origin}`),
  );
  emitter.on('resumed', ({ target, source, by, origin }) =>
    logger.info(`tierfall: ${targetOf(target)} resumed (${source}) by ${by}, ${origin}`),
  );
  emitter.on('budget-unpriced', ({ instance, tier }) =>
    logger.warn(`tierfall: nobody knows what an answer of ${nameOf(tier)} to ${instance} costs; it is not counted`),
  );
  emitter.on('config-updated', ({ version, by, chain, policyFields, origin }) => {
    const policy = policyFields ? `, policy: ${policyFields.join(', ')}` : '';
    logger.info(
      `tierfall: version ${version} of the chain by ${by}: ${chain.map(nameOf).join(' > ')}${policy}, ${origin}`,
    );
  });
  emitter.on('store-error', ({ state, error }) =>
    logger.warn(`tierfall: store ${state}${error ? `: ${error.message}` : ''}`),
  );
  emitter.on('notifier-error', ({ notifier, state, error }) =>
    logger.warn(`tierfall: notifier ${notifier} ${state}${error ? `: ${error.message}` : ''}`),
  );
}

/** With its key, where it names one: a change from key to key is otherwise a change from a model to itself. */
function nameOf({ provider, model, credential }: EventTier): string {
  return `${provider}/${model}${credential === undefined ? '' : `@${credential}`}`;
}

function targetOf(target: PauseTarget): string {
  if (typeof target === 'string') return target;
  return 'provider' in target ? `provider ${target.provider}` : 'everything';
}

function ending(at: number | undefined): string {
  return at === undefined || Math.abs(at) > 8.64e15 ? '' : `, until ${new Date(at).toISOString()}`;
}
