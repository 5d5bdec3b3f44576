/** What a picture shows, for readers who do not see it: `title` in a few words, `description` in a sentence or two. */
export interface Words {
  title: string;
  description: string;
}

/** One panel of a picture: what is drawn in it, and the ranges of its axes. */
export interface Panel {
  title: string;
  x: readonly [from: number, to: number];
  y: readonly [from: number, to: number];
  /** Labels under the axis, by place on it. */
  ticks: readonly { at: number; label: string }[];
  marks: readonly Mark[];
  /** Where an alert was raised, on the x axis; absent: none was. */
  alertAt?: number | undefined;
}

export type Mark =
  | { kind: 'bars'; points: readonly Point[]; width: number; tone?: Tone }
  | { kind: 'dots'; points: readonly Point[]; tone?: Tone }
  | { kind: 'line'; points: readonly Point[]; tone?: Tone; steps?: boolean }
  /** A time, behind everything that is drawn after it. */
  | { kind: 'span'; from: number; to: number; tone: 'trouble' | 'wait'; label?: string }
  /** A moment, with a word above it; `row` keeps words apart that stand close together. */
  | { kind: 'moment'; at: number; label: string; row?: number }
  | { kind: 'limit'; y: number; label: string };

export type Tone = 'usual' | 'bad' | 'quiet';
export type Point = readonly [x: number, y: number];

const WIDTH = 720;
const PANEL = 150;
const [LEFT, RIGHT, TOP, BOTTOM] = [12, 12, 30, 22];

/** Colours for light and dark pages: an image follows the reader's own scheme. */
const STYLE = `
  svg{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
  .ground{fill:#fff}.frame{fill:none;stroke:#e4e7ec}.title{fill:#14181f;font-weight:600}.label{fill:#5f6978}
  .usual{fill:#239183}.bad{fill:#c9252e}.quiet{fill:#b0b8c4}
  .line{fill:none;stroke-width:1.6}.line.usual{stroke:#239183;fill:none}.line.bad{stroke:#c9252e;fill:none}
  .line.quiet{stroke:#7e8795;fill:none;stroke-dasharray:4 3}
  .trouble{fill:#c9252e;fill-opacity:.13}.wait{fill:#b87b0a;fill-opacity:.22}.moment{stroke:#5f6978;stroke-dasharray:3 3}
  .limit{stroke:#b87b0a;stroke-dasharray:5 4}.limit-label{fill:#805000}.alert{stroke:#c9252e}.alert-label{fill:#b4161f;font-weight:600}
  @media (prefers-color-scheme:dark){.ground{fill:#12151a}.frame{stroke:#232830}.title{fill:#edeff2}.label{fill:#8d97a5}
  .usual{fill:#2fa391}.bad{fill:#e5484d}.quiet{fill:#4a5360}.line.usual{stroke:#2fa391}.line.bad{stroke:#e5484d}
  .trouble{fill:#e5484d;fill-opacity:.2}.wait{fill:#e8b04a;fill-opacity:.26}.moment{stroke:#8d97a5}
  .line.quiet{stroke:#6c7684}.limit-label{fill:#e8b04a}.alert-label{fill:#ff8a8a}}`.replace(/\s*\n\s*/g, '');

/** A picture of panels below each other. The same input gives the same text. */
export function renderSvg({ title, description }: Words, panels: readonly Panel[]): string {
  const height = panels.length * PANEL;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...panels.map((panel, index) => `<g transform="translate(0 ${index * PANEL})">${renderPanel(panel)}</g>`),
    '</svg>\n',
  ].join('\n');
}

function renderPanel(panel: Panel): string {
  const [x0, x1] = panel.x;
  const [y0, y1] = panel.y;
  const x = (value: number) => round(LEFT + ((value - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT));
  const y = (value: number) =>
    round(PANEL - BOTTOM - ((Math.min(y1, Math.max(y0, value)) - y0) / (y1 - y0)) * (PANEL - TOP - BOTTOM));
  const parts = [`<text class="title" x="${LEFT}" y="18">${escape(panel.title)}</text>`];
  for (const mark of panel.marks) parts.push(renderMark(mark, x, y, y(y0)));
  for (const { at, label } of panel.ticks) {
    parts.push(`<text class="label" x="${x(at)}" y="${PANEL - 6}" text-anchor="middle">${escape(label)}</text>`);
  }
  if (panel.alertAt !== undefined) {
    const at = x(panel.alertAt);
    const isRight = at > WIDTH - 90;
    parts.push(
      `<line class="alert" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${PANEL - BOTTOM}"/>`,
      `<text class="alert-label" x="${at + (isRight ? -5 : 5)}" y="${TOP}" text-anchor="${isRight ? 'end' : 'start'}">alert</text>`,
    );
  }
  const [width, height] = [WIDTH - LEFT - RIGHT, PANEL - TOP - BOTTOM];
  parts.push(`<rect class="frame" x="${LEFT}" y="${TOP}" width="${width}" height="${height}"/>`);
  return parts.join('\n');
}

function renderMark(mark: Mark, x: (value: number) => number, y: (value: number) => number, ground: number): string {
  if (mark.kind === 'limit') {
    const at = y(mark.y);
    return (
      `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
      `<text class="limit-label" x="${WIDTH - RIGHT - 4}" y="${at - 4}" text-anchor="end">${escape(mark.label)}</text>`
    );
  }
  if (mark.kind === 'span') {
    const [left, right] = [x(mark.from), x(mark.to)];
    const rect = `<rect class="${mark.tone}" x="${left}" y="${TOP}" width="${round(right - left)}" height="${ground - TOP}"/>`;
    if (mark.label === undefined) return rect;
    return `${rect}<text class="label" x="${left + 4}" y="${TOP + 14}">${escape(mark.label)}</text>`;
  }
  if (mark.kind === 'moment') {
    const [at, top] = [x(mark.at), TOP + (mark.row ?? 0) * 14];
    return (
      `<line class="moment" x1="${at}" x2="${at}" y1="${top}" y2="${ground}"/>` +
      `<text class="label" x="${at + 4}" y="${top + 12}">${escape(mark.label)}</text>`
    );
  }
  const tone = mark.tone ?? 'usual';
  if (mark.kind === 'dots') {
    const dots = mark.points.map(([px, py]) => `M${x(px)} ${y(py)}m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0`);
    return `<path class="${tone}" d="${dots.join('')}"/>`;
  }
  if (mark.kind === 'bars') {
    const bars = mark.points.map(([px, py]) => {
      const [left, right, top] = [x(px), x(px + mark.width), y(py)];
      return `M${left} ${ground}V${top}H${round(Math.max(left + 0.5, right - 0.4))}V${ground}z`;
    });
    return `<path class="${tone}" d="${bars.join('')}"/>`;
  }
  const path = mark.points.map(([px, py], index) => {
    if (index === 0) return `M${x(px)} ${y(py)}`;
    return mark.steps === true ? `H${x(px)}V${y(py)}` : `L${x(px)} ${y(py)}`;
  });
  return `<path class="line ${tone}" d="${path.join('')}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
