/**
 * When a provider fails for everybody, a health monitor stops sending it work, says when to try again, and lets it return
 * by one call. It counts shares, not only numbers: the odd failure of a healthy service never adds up to a pause. A person
 * is never overruled.
 */
import { createFailover, PausedError, resolveWithFallback } from 'tierfall';
import { createHealthMonitor } from 'tierfall/health';
import { createManualClock, overloaded } from 'tierfall/testing';

const MINUTE = 60_000;
const clock = createManualClock();
const start = clock.now();
const failover = createFailover({ chain: ['anthropic/claude-opus-4-8'], clock });
const monitor = createHealthMonitor(failover);
failover.on('paused', ({ source, by, reason }) => say(`paused (${source}) by ${by}: ${reason}`));
failover.on('resumed', ({ source, by }) => say(`resumed (${source}) by ${by}`));

let share = 0.02;
let asked = 0;
const overload = overloaded({ sdk: 'anthropic' });

/** One call a second; every so many of them fail. Returns how many were answered, failed and refused. */
async function play(minutes: number) {
  const counts = { answered: 0, failed: 0, refused: 0 };
  for (let call = 1; call <= minutes * 60; call++) {
    const request = async () => {
      asked++;
      if (Math.floor(asked * share) > Math.floor((asked - 1) * share)) throw overload();
      return 'Hello!';
    };
    await resolveWithFallback(failover, request, { instance: `agent-${call % 20}` }).then(
      () => counts.answered++,
      (error: unknown) => (error instanceof PausedError ? counts.refused++ : counts.failed++),
    );
    await clock.advance(1000);
  }
  return counts;
}

console.log('Two hours in which one call in fifty fails:');
const healthy = await play(120);
check(healthy.refused === 0, `${healthy.failed} failures, and no pause`);

console.log('Nine calls in ten fail:');
share = 0.9;
const before = asked;
const outage = await play(20);
const [pause] = monitor.status().pauses;
check(pause?.source === 'health' && pause.rule === 'outage-90s', `the provider is paused by the rule ${pause?.rule}`);
check(asked - before < 100, `${asked - before} of 1200 calls reached it, ${outage.refused} were refused at once`);
const refused = await resolveWithFallback(failover, () => 'never asked').catch((error: unknown) => error);
check(refused instanceof PausedError && refused.retryAt !== null, 'each of them was told when to try again');

console.log('It works again, and one call finds that out:');
share = 0;
const back = await play(20);
check(monitor.status().pauses.length === 0, `${back.answered} calls answered after ${back.refused} were refused`);

console.log('A person resumes in the middle of an outage, and is not overruled for ten minutes:');
share = 0.9;
await play(3);
await monitor.resume({ by: 'ann', target: { provider: 'anthropic' } });
const trusted = await play(8);
check(trusted.refused === 0, 'no call is refused, though the rule would');
await play(5);
check(monitor.status().pauses.length === 1, 'after that the rule counts again');
await monitor.close();
await failover.close();

function say(line: string): void {
  console.log(`  ${((clock.now() - start) / MINUTE).toFixed(1)} min: ${line}`);
}

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
