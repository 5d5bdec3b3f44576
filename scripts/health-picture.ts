/**
 * Draws an outage as a monitor sees it: `npm run docs:health` writes `docs/health-pause.svg`. The calls are played with a
 * real failover and monitor, one a second, on a manual clock.
 */
import { writeFileSync } from 'node:fs';
import { createFailover, PausedError, resolveWithFallback } from 'tierfall';
import { createHealthMonitor } from 'tierfall/health';
import { createManualClock, createSeededRandom } from 'tierfall/testing';

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

const [left, top, width, height, bar] = [60, 70, LENGTH_MIN * 14, 180, 10];
const x = (minute: number) => left + minute * 14;
const y = (calls: number) => top + height - (calls / 60) * height;
const colours = { answered: '#2e7d32', failed: '#c62828', refused: '#b0bec5' };
const bars = minutes.flatMap((counts, minute) => {
  let below = 0;
  return (['answered', 'failed', 'refused'] as const).map((kind) => {
    const from = below;
    below += counts[kind];
    const tall = ((counts[kind] / 60) * height).toFixed(1);
    return `<rect x="${x(minute)}" y="${y(from + counts[kind]).toFixed(1)}" width="${bar}" height="${tall}" fill="${colours[kind]}"/>`;
  });
});
const lines = marks.map(({ at, text }, index) => {
  const place = x(at).toFixed(1);
  const line = `<path d="M${place} ${top - 8}V${top + height}" stroke="#37474f" stroke-dasharray="3 3"/>`;
  return `${line}<text x="${place}" y="${top - 14 - (index % 2) * 16}" text-anchor="middle">${text}</text>`;
});
const ticks = Array.from({ length: LENGTH_MIN / 10 + 1 }, (_, index) => index * 10).map(
  (minute) => `<text x="${x(minute)}" y="${top + height + 18}" text-anchor="middle">${minute}</text>`,
);
const legend = (['answered', 'failed', 'refused'] as const).map((kind, index) => {
  const at = left + index * 130;
  const shown = kind === 'refused' ? 'refused at once' : kind;
  return `<rect x="${at}" y="${top + height + 44}" width="12" height="12" fill="${colours[kind]}"/><text x="${at + 18}" y="${top + height + 54}">${shown}</text>`;
});
const outage = `<rect x="${x(OUTAGE.from)}" y="${top}" width="${(OUTAGE.to - OUTAGE.from) * 14}" height="${height}" fill="#ffebee"/>`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 30} ${top + height + 70}" font-family="sans-serif" font-size="12" role="img" aria-label="Calls per minute before, during and after an outage">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${left}" y="20" font-weight="bold">One call a second; the provider is down from minute ${OUTAGE.from} to ${OUTAGE.to}</text>
${[outage, ...bars, ...lines, ...ticks, ...legend].join('\n')}
<text x="${left + width}" y="${top + height + 34}" text-anchor="end">minutes</text>
<text x="${left - 8}" y="${y(60) + 4}" text-anchor="end">60</text><text x="${left - 8}" y="${y(0)}" text-anchor="end">0</text>
</svg>
`;
writeFileSync(new URL('../docs/health-pause.svg', import.meta.url), svg);
console.log(marks.map(({ at, text }) => `${at.toFixed(1)} min ${text}`).join('\n'));
