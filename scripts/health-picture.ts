/**
 * Draws an outage as a monitor sees it: `npm run docs:health` writes `docs/health-pause.svg`. The calls are played with a
 * real failover and monitor, one a second, on a manual clock.
 */
import { writeFileSync } from 'node:fs';
import { createFailover, PausedError, resolveWithFallback } from 'tierfall';
import { createHealthMonitor } from 'tierfall/health';
import { createManualClock, createSeededRandom } from 'tierfall/testing';
import { renderSvg, type Mark, type Point, type Tone, type Words } from './svg-chart.ts';

const MINUTE = 60_000;
const LENGTH_MIN = 50;
const OUTAGE = { from: 8, to: 20 };

interface Minute {
  answered: number;
  failed: number;
  refused: number;
}

const clock = createManualClock();
const random = createSeededRandom(3);
const failover = createFailover({ chain: ['provider/model'], clock, random });
const monitor = createHealthMonitor(failover);
const start = clock.now();
const since = () => (clock.now() - start) / MINUTE;
const marks: { at: number; text: string }[] = [];
failover.on('paused', () => marks.push({ at: since(), text: 'paused' }));
failover.on('resumed', () => marks.push({ at: since(), text: 'resumed' }));

const minutes: Minute[] = [];
for (let minute = 0; minute < LENGTH_MIN; minute++) {
  const counts: Minute = { answered: 0, failed: 0, refused: 0 };
  for (let second = 0; second < 60; second++) {
    const isOutage = minute >= OUTAGE.from && minute < OUTAGE.to;
    const wasPaused = monitor.status().pauses.length > 0;
    const call = async () => {
      if (random() >= (isOutage ? 1 : 0.02)) return;
      if (wasPaused) marks.push({ at: since(), text: 'canary fails' });
      throw Object.assign(new Error('Overloaded'), { status: 529 });
    };
    await resolveWithFallback(failover, call, { instance: `agent-${second}` }).then(
      () => counts.answered++,
      (error: unknown) => (error instanceof PausedError ? counts.refused++ : counts.failed++),
    );
    await clock.advance(1000);
  }
  minutes.push(counts);
}
await monitor.close();
await failover.close();

// One behind the other, the tallest first: what is left to be seen of each is its own share.
const stacked = (tone: Tone, ...kinds: (keyof Minute)[]): Mark => ({
  kind: 'bars',
  width: 1,
  tone,
  points: minutes.map((counts, minute): Point => [minute, kinds.reduce((sum, kind) => sum + counts[kind], 0)]),
});
const { from, to } = OUTAGE;
const words: Words = {
  title: 'A monitor pauses a provider that is down, and lets it return',
  description:
    `Calls per minute, one a second, for ${LENGTH_MIN} minutes. The provider is down from minute ${from} to ${to}: calls fail for some ` +
    'minutes, then it is paused and calls are refused at once. A first canary fails, a later one succeeds, and calls are answered again.',
};
const picture = renderSvg(words, [
  {
    title: `Of 60 calls a minute: answered (green), failed (red), refused at once (grey)`,
    x: [0, LENGTH_MIN],
    y: [0, 95],
    ticks: Array.from({ length: LENGTH_MIN / 10 - 1 }, (_, index) => ({
      at: (index + 1) * 10,
      label: index === 0 ? 'minute 10' : String((index + 1) * 10),
    })),
    marks: [
      { kind: 'span', tone: 'trouble', from, to },
      stacked('quiet', 'answered', 'failed', 'refused'),
      stacked('bad', 'answered', 'failed'),
      stacked('usual', 'answered'),
      ...marks.map(({ at, text }, index): Mark => ({ kind: 'moment', at, label: text, row: index % 2 })),
    ],
  },
]);
writeFileSync(new URL('../docs/health-pause.svg', import.meta.url), picture);
console.log(marks.map(({ at, text }) => `${at.toFixed(1)} min ${text}`).join('\n'));
