import { html, svg, type TemplateResult } from 'lit';

const paths = {
  pause: svg`<path d="M5.5 4v8M10.5 4v8" />`,
  play: svg`<path d="M5 3.5v9l7.5-4.5z" />`,
  reset: svg`<path d="M4 5.5A5 5 0 1 1 3 8M4 2.5v3h3" />`,
  hold: svg`<circle cx="8" cy="8" r="5.25" /><path d="m4.5 4.5 7 7" />`,
  search: svg`<circle cx="7" cy="7" r="4" /><path d="m10.5 10.5 3 3" />`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8" />`,
  up: svg`<path d="M8 13V3M4 7l4-4 4 4" />`,
  down: svg`<path d="M8 3v10M4 9l4 4 4-4" />`,
  left: svg`<path d="m10 3.5-4.5 4.5 4.5 4.5" />`,
  fold: svg`<path d="m4 6 4 4 4-4" />`,
  unfold: svg`<path d="m4 10 4-4 4 4" />`,
  check: svg`<path d="m3.5 8.5 3 3 6-7" />`,
  bang: svg`<path d="M8 3.5v5.5M8 12v.2" />`,
  alarm: svg`<circle cx="8" cy="8" r="6" /><path d="M8 5v3.5M8 10.8v.2" />`,
  critical: svg`<path d="M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5z" fill="currentcolor" stroke="none" /><path
    d="M8 5v3.5M8 10.8v.2" stroke="var(--on-stop)" />`,
  warning: svg`<path d="M8 2.5 14 13H2zM8 6.5V9M8 10.9v.1" />`,
  info: svg`<circle cx="8" cy="8" r="5.5" /><path d="M8 7.5V11M8 5v.1" />`,
  clock: svg`<circle cx="8" cy="8" r="5.5" /><path d="M8 5v3l2 1.5" />`,
  offline: svg`<path d="m3 3 10 10M6.5 4.5 8 3a3 3 0 0 1 4.5 4.5L11 9M9.5 11.5 8 13A3 3 0 0 1 3.5 8.5L5 7" />`,
  trash: svg`<path d="M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.5 8.5h6l.5-8.5M7 7v3.5M9 7v3.5" />`,
  plus: svg`<path d="M8 3v10M3 8h10" />`,
  theme: svg`<circle cx="8" cy="8" r="5.5" /><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentcolor" />`,
  more: svg`<path d="M3 8h.1M8 8h.1M13 8h.1" stroke-width="2.5" />`,
  fuel: svg`<path d="M3 13.5V3.5h6v10M2 13.5h8M4.8 5.5h2.400v2H4.800zM9 8h1.5v3.5a1.2 1.2 0 0 0 2.4 0V6.5L11 4.5" />`,
  grip: svg`<path d="M6 4h.1M10 4h.1M6 8h.1M10 8h.1M6 12h.1M10 12h.1" stroke-width="2" />`,
} as const;

export type IconName = keyof typeof paths;

/** A drawn sign; what it means is said beside it. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${paths[name]}</svg>`;
}

/** The mark: three bars, each hanging deeper. */
export function mark(): TemplateResult {
  return html`<svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
    <rect x="1" y="2" width="5" height="5" rx="1.2" class="m1" />
    <rect x="7.5" y="2" width="5" height="10.5" rx="1.2" class="m2" />
    <rect x="14" y="2" width="5" height="16" rx="1.2" class="m3" />
  </svg>`;
}
