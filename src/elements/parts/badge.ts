import { css, html, nothing, type TemplateResult } from 'lit';
import { explainInstance } from '../../core/view/explain-instance.js';
import type { InstanceView } from '../data/types.js';
import { icon } from './icons.js';
import { clockExact } from './times.js';

/** The badge of an agent, with its name for screen readers and the exact kind in its title. */
export function badge(view: InstanceView): TemplateResult {
  const { paused, tier, trial, icon: sign } = view;
  const label = badgeLabel(view);
  const shape = paused
    ? html`<span class="badge stop ${explainInstance(view).group === 'person' ? 'filled' : 'outlined'}">${cross}</span>`
    : html`<span class="badge t${Math.min(tier.index + 1, 4)} ${trial === null ? '' : 'dashed'}">${
        tier.index + 1
      }</span>`;
  return html`<span class="badges" title=${badgeTitle(view)}
    ><span aria-hidden="true">${shape}</span><span class="hidden">${label}</span>${
      sign ? html`<span class="fuel" aria-hidden="true">${icon('fuel')}</span>` : nothing
    }</span
  >`;
}

/** A tier's badge that says nothing of an agent. */
export function tierBadgeOf(index: number): TemplateResult {
  return html`<span class="badge t${Math.min(index + 1, 4)}" aria-hidden="true">${index + 1}</span>`;
}

/** A badge that stands for several, or for what is no agent. */
export function stopBadge(kind: 'filled' | 'outlined'): TemplateResult {
  return html`<span class="badge stop ${kind}" aria-hidden="true">${cross}</span>`;
}

/** `② tier 2 of 4, tier 1 is being tried`; `✕ stopped`; `✕ paused by dana`. */
export function badgeLabel(view: InstanceView): string {
  const { badge: glyph, paused, tier, tiers, trial, icon: sign } = view;
  const budget = sign ? `, ${sign} budget used up` : '';
  if (paused) {
    if (explainInstance(view).group === 'person') return `${glyph} stopped${budget}`;
    const until = paused.until === null ? '' : ` until ${clockExact(paused.until).slice(0, 5)}`;
    return `${glyph} paused by ${paused.source === 'operator' ? paused.by : paused.source}${until}${budget}`;
  }
  const tried = trial === null ? '' : `, tier ${trial + 1} is being tried`;
  return `${glyph} tier ${tier.index + 1} of ${tiers.length}${tried}${budget}`;
}

/** The exact kind and times: `rate_limit since 02:41:09, again at 02:58:52`. */
export function badgeTitle({ tier, cause, since, retryAt, paused }: InstanceView): string {
  const model = `${tier.provider}/${tier.model}`;
  if (paused) return `paused (${paused.source}) by ${paused.by} since ${clockExact(paused.since)}: ${paused.reason}`;
  if (tier.index === 0) return model;
  const from = since === null ? '' : ` since ${clockExact(since)}`;
  const again = retryAt === null ? '' : `, a better tier again at ${clockExact(retryAt)}`;
  return `${model}: ${cause ?? 'no failure'}${from}${again}`;
}

const cross = html`<svg class="icon" viewBox="0 0 16 16"><path d="m5 5 6 6M11 5l-6 6" stroke-width="2" /></svg>`;

export const badgeStyles = css`
  .badges {
    display: inline-flex;
    align-items: center;
    gap: 5px;
  }
  .badge {
    display: inline-grid;
    place-items: center;
    min-width: 24px;
    height: 24px;
    padding: 0 5px;
    border: 1.5px solid;
    border-radius: 12px;
    font-size: 12px;
    line-height: 1;
    font-weight: 600;
  }
  .badge.t1 {
    border-color: var(--t1-fill);
    color: var(--t1);
  }
  .badge.t2 {
    border-color: var(--t2-fill);
    color: var(--t2);
    background: var(--t2-soft);
  }
  .badge.t3 {
    border-color: var(--t3-fill);
    color: var(--t3);
    background: var(--t3-soft);
  }
  .badge.t4 {
    border-color: var(--t4-fill);
    color: var(--t4);
    background: var(--t4-soft);
  }
  .badge.dashed {
    border-style: dashed;
  }
  .badge.stop {
    padding: 0;
    border-radius: 6px;
    border-color: var(--stop-fill);
    color: var(--stop-fill);
  }
  .badge.stop.filled {
    background: var(--stop-fill);
    color: var(--on-stop);
  }
  .fuel {
    color: var(--text-2);
  }
`;
