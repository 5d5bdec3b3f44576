import { css, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { InstanceView, LedgerEvent } from '../data/types.js';
import { DAY_MS, HOUR_MS, stretchesOf, type Stretch } from './stretches.js';
import { clock, durationWords } from './times.js';

/** Shares of the width: 23 hours, a gap, and the last hour on its own ground. */
const LONG = 0.717;
const GAP = 0.013;
const LENS = 1 - LONG - GAP;
/** How deep a tier hangs, the fourth for all after it: small strip, large strip. */
const DEPTHS = { small: [2, 9, 16, 23], large: [4, 15, 27, 39] } as const;
const MINUTE_MS = 60_000;
const HEIGHTS = { small: 28, large: 44 } as const;

export interface StripFacts {
  view: InstanceView;
  /** Absent: not read yet. */
  rows: readonly LedgerEvent[] | undefined;
  now: number;
  /** In pixels. */
  width: number;
  size: 'small' | 'large';
  /** When the connection was lost; after it nothing is known. */
  lostAt?: number | undefined;
}

/** The last day of an agent: which tier served when, drawn as depth. */
export function strip(facts: StripFacts): TemplateResult {
  const { view, rows, now, width, size, lostAt } = facts;
  const height = HEIGHTS[size];
  const stretches = rows ? cutAt(stretchesOf(view, rows, now), lostAt) : [];
  const x = (at: number) => place(at, now) * width;
  const lens = (LONG + GAP) * width;
  return html`<svg class="strip" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img"
      aria-label=${rows ? sentence(stretches, now) : 'Last 24 hours: not read yet'}>
    <rect class="lens" x=${lens} y="0" width=${LENS * width} height=${height} />
    ${hairlines(now).map((at) => svg`<rect class="hair" x=${x(at)} y="0" width="1" height=${height} />`)}
    <rect class="hair" x=${lens + (LENS * width) / 2} y="0" width="1" height=${height} />
    ${[...stretches]
      .sort(byDepth)
      .map((stretch) => parts(stretch, now).map(([from, to]) => shape(stretch, x(from), x(to), size, now)))}
    <rect class="edge" x=${width - 1} y="0" width="1" height=${height} />
  </svg>`;
}

/** Where a time lies, from 0 to 1. */
function place(at: number, now: number): number {
  const hourAgo = now - HOUR_MS;
  if (at >= hourAgo) return LONG + GAP + ((at - hourAgo) / HOUR_MS) * LENS;
  return Math.max(0, ((at - (now - DAY_MS)) / (DAY_MS - HOUR_MS)) * LONG);
}

/** A stretch on either side of the gap. */
function parts({ from, to }: Stretch, now: number): [from: number, to: number][] {
  const hourAgo = now - HOUR_MS;
  if (from >= hourAgo || to <= hourAgo) return [[from, to]];
  return [
    [from, hourAgo - 1],
    [hourAgo, to],
  ];
}

function shape(stretch: Stretch, from: number, to: number, size: 'small' | 'large', now: number): SVGTemplateResult {
  const { on } = stretch;
  const height = HEIGHTS[size];
  const width = Math.max(2, to - from);
  const told = svg`<title>${tooltip(stretch, now)}</title>`;
  if (on === 'unknown') {
    return svg`<line class="dots" x1=${from} x2=${from + width} y1="1" y2="1">${told}</line>`;
  }
  if (on === 'paused') {
    return svg`<g class="stopped">${told}<rect class="ground" x=${from} y="0" width=${width} height=${height} />
      <path class="hatch" d=${hatch(from, width, height)} />
      <rect class="rim" x=${from} y="0" width=${width} height="1.5" />
      <rect class="rim" x=${from} y=${height - 1.5} width=${width} height="1.5" /></g>`;
  }
  const depth = Math.min(on, 3);
  return svg`<rect class="t${depth + 1}" x=${from} y="0" width=${width}
    height=${DEPTHS[size][depth]!}>${told}</rect>`;
}

/** Slanted lines inside a box. */
function hatch(x: number, width: number, height: number): string {
  let path = '';
  for (let at = x - height; at < x + width; at += 7) {
    const from = Math.max(at, x);
    const to = Math.min(at + height, x + width);
    if (to > from) path += `M${round(from)} ${round(height - (from - at))}L${round(to)} ${round(height - (to - at))}`;
  }
  return path;
}

/** The reader's 3, 9, 15, 21 o'clock, or 0, 6, 12, 18: whichever has three in the long part. */
export function hairlines(now: number): number[] {
  const candidates = [3, 0].map((first) => {
    const times: number[] = [];
    for (let day = -1; day <= 0; day++) {
      for (let hour = first; hour < 24; hour += 6) {
        const time = new Date(now);
        time.setDate(time.getDate() + day);
        times.push(time.setHours(hour, 0, 0, 0));
      }
    }
    return times.filter((at) => at > now - DAY_MS + HOUR_MS && at < now - 2 * HOUR_MS);
  });
  return candidates.find((times) => times.length === 3) ?? candidates[0] ?? [];
}

/** The ticks over or under a strip. */
export function axis(now: number, width: number, hasStart = false): TemplateResult {
  const lens = (LONG + GAP) * width;
  return html`<svg class="axis" viewBox="0 0 ${width} 16" width=${width} height="16" aria-hidden="true">
    ${hasStart ? svg`<text x="0" y="12">${clock(now - DAY_MS)}</text>` : nothing}
    ${hairlines(now).map(
      (at) => svg`<text x=${place(at, now) * width} y="12"
      text-anchor="middle">${clock(at)}</text>`,
    )}
    <text x=${lens + 2} y="12">last hour</text>
  </svg>`;
}

function byDepth(one: Stretch, other: Stretch): number {
  const depth = ({ on }: Stretch) => (on === 'unknown' ? -1 : on === 'paused' ? 99 : on);
  return depth(one) - depth(other);
}

/** After the connection was lost nothing is known. */
function cutAt(stretches: Stretch[], lostAt: number | undefined): Stretch[] {
  if (lostAt === undefined) return stretches;
  const kept = stretches
    .filter(({ from }) => from < lostAt)
    .map((each) => ({ ...each, to: Math.min(each.to, lostAt) }));
  const end = stretches.at(-1)!.to;
  return end > lostAt ? [...kept, { from: lostAt, to: end, on: 'unknown', id: '', why: 'connection lost' }] : kept;
}

export function tooltip({ from, to, on, id, why }: Stretch, now: number): string {
  const name = on === 'unknown' ? 'No record' : on === 'paused' ? 'Paused' : `Tier ${on + 1} ${id}`;
  const lasts = durationWords(to - from, 'down');
  // The strip is drawn up to the end of the present minute, so seconds of what goes on are not known here.
  const sinceWords = to - from < MINUTE_MS ? `since ${clock(from)}` : `since ${clock(from)}, ${lasts}`;
  const time = to >= now - 1000 ? sinceWords : `${clock(from)} to ${clock(to)}, ${lasts}`;
  return [name, time, why].filter((line) => line !== '').join('\n');
}

/** The strip in one sentence, for those who do not see it. */
export function sentence(stretches: readonly Stretch[], now: number): string {
  const told = stretches
    .filter(({ on }) => on !== 0)
    .slice(-6)
    .map((stretch) => {
      const { from, to, on } = stretch;
      const name = on === 'unknown' ? 'no record' : on === 'paused' ? 'paused' : `tier ${Number(on) + 1}`;
      return to >= now - 1000 ? `${name} since ${clock(from)}` : `${name} from ${clock(from)} to ${clock(to)}`;
    });
  if (told.length === 0) return 'Last 24 hours: tier 1';
  return `Last 24 hours: ${told.join(', ')}${stretches.some(({ on }) => on === 0) ? ', otherwise tier 1' : ''}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The legend under a table of strips. */
export function legend(): TemplateResult {
  const sample = (shapes: SVGTemplateResult, words: string) =>
    html`<span class="sample"><svg width="22" height="12" viewBox="0 0 22 12"
      aria-hidden="true">${shapes}</svg>${words}</span>`;
  const bar = (tier: number, height: number) => svg`<rect class="t${tier}" x="0" y="0" width="22" height=${height} />`;
  return html`<div class="legend small faint">
    ${sample(bar(1, 2), 'tier 1')} ${sample(bar(2, 5), 'tier 2')} ${sample(bar(3, 8), 'tier 3')}
    ${sample(bar(4, 12), 'tier 4 and lower')}
    ${sample(
      svg`<g class="stopped"><rect class="ground" width="22" height="12" /><path class="hatch" d=${hatch(
        0,
        22,
        12,
      )} /></g>`,
      'paused',
    )}
    ${sample(svg`<line class="dots" x1="0" x2="22" y1="1" y2="1" />`, 'no record')}
  </div>`;
}

export const stripStyles = css`
  .strip {
    overflow: hidden;
  }
  .lens {
    fill: var(--lens);
  }
  .hair {
    fill: var(--line);
  }
  .edge {
    fill: var(--line-strong);
  }
  .t1 {
    fill: var(--t1-fill);
  }
  .t2 {
    fill: var(--t2-fill);
  }
  .t3 {
    fill: var(--t3-fill);
  }
  .t4 {
    fill: var(--t4-fill);
  }
  .stopped .ground {
    fill: var(--stop-soft);
  }
  .stopped .hatch {
    stroke: var(--stop-fill);
    stroke-width: 1.6;
    fill: none;
  }
  .stopped .rim {
    fill: var(--stop-fill);
  }
  .dots {
    stroke: var(--line-strong);
    stroke-width: 1.5;
    stroke-dasharray: 1.5 4;
  }
  .axis text {
    fill: var(--text-3);
    font-size: 11px;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
  }
  .sample {
    display: inline-flex;
    align-items: center;
    gap: 7px;
  }
  @media (forced-colors: active) {
    .strip,
    .legend svg {
      forced-color-adjust: auto;
    }
    .t1,
    .t2,
    .t3,
    .t4,
    .edge {
      fill: CanvasText;
    }
    .stopped .hatch {
      stroke: CanvasText;
    }
  }
`;
