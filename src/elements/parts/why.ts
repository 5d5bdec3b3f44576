import { html, nothing, type TemplateResult } from 'lit';
import { explainInstance, type Next } from '../../core/view/explain-instance.js';
import type { InstanceView } from '../data/types.js';
import { clock, countdown, exact, since, sinceDay } from './times.js';

/** Why an agent is where it is, over what is next. */
export function why(view: InstanceView, now: number): TemplateResult {
  const { why: reason, next, group } = explainInstance(view);
  const from = view.paused?.since ?? view.since;
  if (group === null) {
    return html`<span class="cut faint">First choice${
      from === null ? nothing : html` since ${sinceDay(from, now)}`
    }</span>`;
  }
  return html`<span class="reason"
      ><span class="cut" title=${reason}>${reason}</span>${
        from === null ? nothing : html`<span class="faint since" title=${exact(from)}>since ${since(from, now)}</span>`
      }</span
    >${next ? html`<span class="cut small faint">${nextWords(next, now)}</span>` : nothing}`;
}

/** `Tier 1 is tried again in 4 min`; the exact time is in the title. */
export function nextWords({ text, at, style }: Next, now: number): TemplateResult {
  if (at === undefined) return html`${text}`;
  const left = html`<span class="count" title=${exact(at)}>${countdown(at, now)}</span>`;
  return style === 'at' ? html`${text} at ${clock(at)}, ${left}` : html`${text} ${left}`;
}
