import { css, unsafeCSS } from 'lit';

/** Each colour by its name: light, dark. A page sets `--tf-…` to have its own. */
const colours: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  canvas: ['#F6F7F9', '#0B0D10'],
  surface: ['#FFFFFF', '#12151A'],
  sunken: ['#F1F3F6', '#0E1115'],
  hover: ['#F4F6F8', '#181C22'],
  lens: ['#F1F3F6', '#1A1F26'],
  line: ['#E4E7EC', '#232830'],
  'line-strong': ['#7E8795', '#6C7684'],
  text: ['#14181F', '#EDEFF2'],
  'text-2': ['#454E5C', '#B3BBC6'],
  'text-3': ['#5F6978', '#8D97A5'],
  accent: ['#2F4FD0', '#93A7FF'],
  'accent-soft': ['#EBEFFD', '#1A2140'],
  'on-accent': ['#FFFFFF', '#0B0D10'],
  focus: ['#2F4FD0', '#93A7FF'],
  t1: ['#0B7A6B', '#4CC9B4'],
  't1-fill': ['#239183', '#2FA391'],
  't1-soft': ['#E5F4F1', '#10302B'],
  t2: ['#805000', '#E8B04A'],
  't2-fill': ['#B87B0A', '#C98F25'],
  't2-soft': ['#FCF2DC', '#33260D'],
  t3: ['#A03A08', '#F79A66'],
  't3-fill': ['#D9601A', '#DE6F31'],
  't3-soft': ['#FDEADD', '#3A2012'],
  t4: ['#8A1F5C', '#EE8FC2'],
  't4-fill': ['#B0387C', '#C8559A'],
  't4-soft': ['#FBE7F2', '#3A1830'],
  stop: ['#B4161F', '#FF8A8A'],
  'stop-fill': ['#C9252E', '#E5484D'],
  'stop-soft': ['#FDECEC', '#3A1719'],
  'on-stop': ['#FFFFFF', '#14080A'],
  add: ['#0B6B4F', '#5FD0A4'],
  'add-soft': ['#E6F5EE', '#0F2E22'],
  del: ['#A3171F', '#FF9A9A'],
  'del-soft': ['#FCEBEB', '#3A191B'],
};

/* Private names, so that what a page sets anywhere above an element counts. */
const declared = Object.entries(colours)
  .map(([name, [light, dark]]) => `--${name}:var(--tf-${name},light-dark(${light},${dark}))`)
  .join(';');

/** Colours and type of every element. */
export const tokens = css`
  :host {
    ${unsafeCSS(declared)};
    --sans: var(
      --tf-font,
      system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      Arial,
      sans-serif
    );
    --mono: var(--tf-mono, ui-monospace, SFMono-Regular, Menlo, Consolas, monospace);
    color-scheme: light dark;
    color: var(--text);
    font: 400 13px/20px var(--sans);
    font-variant-numeric: tabular-nums;
    -webkit-text-size-adjust: 100%;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
`;
