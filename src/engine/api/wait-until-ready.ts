import type { Tier } from '../../core/config.js';
import { ConfigError, configError, DeadlineError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { ReadyOptions } from '../../ports/failover.js';
import { isSignal } from '../call/call-options.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import { bounded, MIN_READING_MS, sleep } from '../time/waits.js';

/**
 * Resolves when a tier may be asked. What ends the wait before its time, an operator's reset or the like, is noticed at
 * once where the store watches, else within its staleness.
 */
export async function waitUntilReady<T extends Tier>(
  begun: Engine<T>,
  name: string,
  given: ReadyOptions,
): Promise<void> {
  const { signal, deadlineMs } = checkReady(given);
  const { clock } = begun;
  const deadlineAt = deadlineMs === undefined ? Number.POSITIVE_INFINITY : clock.elapsed() + deadlineMs;
  const late = () => new DeadlineError({ deadlineMs: deadlineMs!, attempts: [] });
  signal?.throwIfAborted();
  for (;;) {
    // The chain may be another by now, and another object may have its name. Throws once the failover is closed.
    const engine = begun.latest;
    const instance = engine.instance(name);
    if (engine.isStale(instance)) {
      const limitMs = deadlineMs === undefined ? undefined : Math.max(0, deadlineAt - clock.elapsed());
      // As a call under way, which keeps the instance in memory, and is none that a health monitor counts.
      instance.calls++;
      try {
        await bounded(() => read(engine, instance), { clock, signal, limitMs, late });
      } finally {
        instance.calls--;
      }
      // What was read may have changed the chain: nothing wakes those who wait for what was before.
      if (engine.isPast) continue;
    }
    instance.refreshDirectPath();
    const now = clock.now();
    const at = instance.availableAt(now);
    if (at !== null && at <= now) {
      instance.checkAvailability();
      return;
    }
    const elapsed = clock.elapsed();
    if (elapsed >= deadlineAt) throw late();
    const readAgainAt = Math.max(engine.freshUntil(instance.stateRecord), elapsed + MIN_READING_MS);
    const delayMs = Math.min((at ?? Number.POSITIVE_INFINITY) - now, deadlineAt - elapsed, readAgainAt - elapsed);
    await sleep(clock, delayMs, signal, (wake) => instance.whenChanged(wake));
  }
}

/** As a call does, and then for as long as the store may take: who waits for hours has time to find out. */
async function read<T extends Tier>(engine: Engine<T>, instance: Instance): Promise<void> {
  await engine.refresh(instance);
  if (engine.isStale(instance)) await engine.readAll(instance);
}

function checkReady(given: ReadyOptions): ReadyOptions {
  if (typeof given !== 'object' || given === null) throw configError('options', 'expected { signal?, deadlineMs? }');
  if (isSignal(given)) throw configError('options', 'expected an object; a signal goes in as { signal }');
  const { signal, deadlineMs } = given;
  const issues = unknownOptions(given, ['signal', 'deadlineMs']);
  if (signal !== undefined && !isSignal(signal)) issues.push({ path: 'signal', message: 'expected an AbortSignal' });
  if (deadlineMs !== undefined && !(Number.isFinite(deadlineMs) && deadlineMs > 0)) {
    issues.push({ path: 'deadlineMs', message: 'expected a finite number of milliseconds above 0' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return given;
}
