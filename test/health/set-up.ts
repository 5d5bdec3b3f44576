import { createFailover, resolveWithFallback, type FailoverOptions, type Logger } from '../../src/index.js';
import { createHealthMonitor, type HealthMonitorOptions } from '../../src/health/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded } from '../support/scripted.js';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const provider = { provider: 'a' };
export const fiveErrors = [{ name: 'five', threshold: 5, windowMs: 5 * MINUTE }];

/** A failover whose provider `a` fails, and a monitor of it. */
export function setUp({
  tiers = 1,
  failoverOptions = {},
  chain = ['a/1', 'b/2', 'c/3'].slice(0, tiers),
  ...options
}: HealthMonitorOptions & { tiers?: number; failoverOptions?: FailoverOptions; chain?: string[] } = {}) {
  const clock = (failoverOptions.clock as ReturnType<typeof createManualClock> | undefined) ?? createManualClock();
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  // Without rests of our own: what is seen here is the monitor's doing.
  const cooldown = { initialMs: 0, factor: 1, maxMs: 0 };
  const start = () =>
    createFailover({
      chain,
      clock,
      random: () => 0.5,
      policy: { cooldown },
      ...failoverOptions,
    });
  const failover = start();
  const monitor = createHealthMonitor(failover, { rules: fiveErrors, logger, ...options });
  const told: string[] = [];
  failover.on('paused', ({ target, source }) => told.push(`paused ${JSON.stringify(target)} ${source}`));
  failover.on('resumed', ({ target, source, by }) => told.push(`resumed ${JSON.stringify(target)} ${source} ${by}`));
  let error: Error | undefined = overloaded();
  const asked: string[] = [];
  const call = async (instance = 'default') => {
    const outcome = await resolveWithFallback(
      failover,
      async ({ provider: name }) => {
        asked.push(name);
        if (error && name === 'a') throw error;
        return name;
      },
      { instance },
    ).then(
      ({ value }) => value,
      (thrown: { code?: string }) => thrown.code ?? 'error',
    );
    await clock.settle();
    return outcome;
  };
  const calls = async (count: number) => {
    for (let each = 0; each < count; each++) await call(`agent-${each}`);
  };
  return {
    clock,
    failover,
    start,
    monitor,
    told,
    lines,
    asked,
    call,
    calls,
    fail: (with_: Error | undefined) => (error = with_),
  };
}
