import { html, nothing, type TemplateResult } from 'lit';
import { tierStanding } from '../../core/view/explain-instance.js';
import type { InstanceView, TierView } from '../data/types.js';
import { tierBadgeOf } from '../parts/badge.js';
import { clockExact, exact } from '../parts/times.js';

/** The tiers of an agent, one step of indent each: the fall again. */
export function chain(view: InstanceView): TemplateResult {
  return html`<ol class="chain">
    ${view.tiers.map((tier) => chainRow(view, tier))}
  </ol>`;
}

function chainRow(view: InstanceView, tier: TierView): TemplateResult {
  const { text, until, detail } = tierStanding(view, tier);
  const isHere = text === 'answers now';
  const budget = isHere && view.budget ? budgetWords(view.budget) : '';
  return html`<li class="step s${Math.min(tier.index, 5)} ${isHere ? 'here' : ''}">
    ${tierBadgeOf(tier.index)}<span class="hidden">Tier ${tier.index + 1}:</span>
    <span class="model-text"
      ><span class="cut" title=${tier.id}>${tier.id}</span
      ><span class="cut small faint">${[detail, budget].filter((each) => each !== '').join('; ')}</span></span
    >
    <span class="standing small"
      >${isHere ? html`<b>${text}</b>` : text}${
        until === null ? nothing : html`<br /><span title=${exact(until)}>until ${clockExact(until)}</span>`
      }</span
    >
  </li>`;
}

/** `3 h budget: 412 k of 2 M tokens`. */
function budgetWords({ used, limit, windowStartAt, windowEndAt }: NonNullable<InstanceView['budget']>): string {
  const hours = (windowEndAt - windowStartAt) / 3_600_000;
  const length = hours >= 1 ? `${Math.round(hours)} h` : `${Math.round(hours * 60)} min`;
  return `${length} budget: ${short(used)} of ${short(limit)}`;
}

export function short(amount: number): string {
  if (amount >= 1_000_000) return `${trim(amount / 1_000_000)} M`;
  if (amount >= 1000) return `${trim(amount / 1000)} k`;
  return trim(amount);
}

function trim(value: number): string {
  return String(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);
}
