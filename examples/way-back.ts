/**
 * The first tier works again, and fifty calls arrive at once. One of them tries it; the others stay on the tier that
 * works. Once it has answered, calls return a few at a time, more with every answer, so that they do not overload it
 * again.
 */
import { createFailover, type Tier } from 'tierfall';
import { createManualClock } from 'tierfall/testing';

const CROWD = 50;

for (const recovery of ['on-success', 'probe'] as const) {
  console.log(`recovery: '${recovery}'`);
  const clock = createManualClock();
  const failover = createFailover({
    chain: ['openai/gpt-5.2', 'anthropic/claude-opus-4-8'],
    policy: { recovery, cooldown: { initialMs: 30_000 } },
    clock,
  });
  failover.on('tier-change', ({ from, to, reason }) =>
    console.log(`  (${from.provider} -> ${to.provider}: ${reason})`),
  );

  // Stands for a provider's SDK: an answer takes 800 ms, and the first provider is down at first.
  let isDown = true;
  const asked = { openai: 0, anthropic: 0 };
  const ask = async ({ provider }: Tier) => {
    asked[provider as keyof typeof asked]++;
    if (provider === 'openai' && isDown) throw Object.assign(new Error('Overloaded'), { status: 529 });
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 800));
    return provider;
  };
  /** Fifty calls at once; returns how many of them went to the first tier. */
  const crowd = async () => {
    asked.openai = 0;
    const calls = Array.from({ length: CROWD }, () => failover.run(ask));
    await clock.advance(800);
    const answers = await Promise.all(calls);
    check(answers.length === CROWD, `${answers.length} calls answered, ${asked.openai} asked openai`);
    return asked.openai;
  };

  const first = failover.run(ask);
  await clock.advance(800);
  check((await first).index === 1, 'openai is down: anthropic answers, openai rests for 30 s');
  check((await crowd()) === 0, 'meanwhile no call asks it');

  await clock.advance(30_000);
  if (recovery === 'probe') {
    check(
      (await crowd()) === 1,
      'its rest is over, it is still down: one call finds out, and is answered by anthropic',
    );
    await clock.advance(10 * 60_000);
  }
  isDown = false;
  // Under 'on-success' the next answer, here anthropic's, allows a trial.
  if (recovery === 'on-success') await crowd();
  check((await crowd()) === 1, 'it is back: one call tries it for all');
  const counts: number[] = [];
  while (counts.at(-1) !== CROWD && counts.length < 20) counts.push(await crowd());
  check(counts[0]! < CROWD && counts.at(-1) === CROWD, `then crowd by crowd: ${counts.join(', ')}`);
  await failover.close();
}

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
