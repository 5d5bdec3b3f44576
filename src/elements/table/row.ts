import { html, nothing, type TemplateResult } from 'lit';
import type { ActionName } from '../data/actions.js';
import type { Live } from '../data/live.js';
import type { InstanceView } from '../data/types.js';
import { badge } from '../parts/badge.js';
import { icon } from '../parts/icons.js';
import { strip } from '../parts/strip.js';
import { why } from '../parts/why.js';
import { explainInstance } from '../../core/view/explain-instance.js';

export interface RowFacts {
  view: InstanceView;
  live: Live;
  now: number;
  /** Place among all rows, from 1. */
  index: number;
  stripWidth: number;
  isOpen: boolean;
  isActive: boolean;
  mayAct: boolean;
  open: (name: string) => void;
  act: (action: ActionName, name: string) => void;
}

/** One agent: badge, name, model, why and what is next, its day, and what can be done. */
export function row(facts: RowFacts): TemplateResult {
  const { view, live, now, index, stripWidth, isOpen, isActive, mayAct, open } = facts;
  const { name, paused } = view;
  const isCalm = explainInstance(view).group === null;
  const isFresh = (live.fresh.get(name) ?? 0) > Date.now();
  return html`<div
    class="row ${isOpen ? 'open' : ''} ${isFresh ? 'fresh' : ''} ${isCalm ? 'calm' : ''}"
    role="row"
    aria-rowindex=${index}
    tabindex=${isActive ? 0 : -1}
    data-name=${name}
  >
    <div class="cell" role="cell">${badge(view)}</div>
    <div class="cell agent" role="cell">
      <button class="name cut" tabindex="-1" title=${name} @click=${() => open(name)}>${shorten(name)}</button>
      ${model(view)}
    </div>
    <div class="cell column-model" role="cell">${model(view)}</div>
    <div class="cell why" role="cell">${why(view, now)}</div>
    <div class="cell day" role="cell">
      ${strip({
        view,
        rows: live.rows.get(name),
        now: Math.floor(now / 60_000) * 60_000 + 60_000,
        width: stripWidth,
        size: 'small',
        lostAt: live.phase === 'lost' ? live.lostAt : undefined,
      })}
    </div>
    ${mayAct ? html`<div class="cell actions" role="cell">${actions(facts, paused !== null)}</div>` : nothing}
  </div>`;
}

function actions({ view, live, act }: RowFacts, isPaused: boolean): TemplateResult {
  const { name } = view;
  const isOff = !live.isOnline;
  const button = (action: ActionName, sign: 'pause' | 'play' | 'reset' | 'hold', label: string, more = '') =>
    html`<button
      class="icon-button ${more}"
      tabindex="-1"
      aria-label=${label}
      title=${isOff ? 'The server cannot be reached now' : label}
      aria-disabled=${isOff}
      @click=${() => !isOff && act(action, name)}
    >
      ${icon(sign)}
    </button>`;
  const short = shorten(name);
  const changes =
    isPaused || view.tier.index > 0 || view.tiers.some(({ failures, heldUntil }) => failures > 0 || heldUntil !== null);
  return html`${
    isPaused ? button('resume', 'play', `Resume ${short}`, 'go') : button('pause', 'pause', `Pause ${short}`)
  }${button(
    'reset',
    'reset',
    `Reset ${short}`,
    changes ? 'useful' : '',
  )}${button('hold', 'hold', `Hold a tier of ${short} back`, 'hold')}`;
}

function model({ tier, paused }: InstanceView): TemplateResult {
  const { provider, model: name, credential } = tier;
  const whole = `${provider}/${name}${credential === undefined ? '' : ` (${credential})`}`;
  return html`<span class="model cut ${paused ? 'off' : ''}" title=${whole}
    ><span class="provider">${provider}/</span>${name}</span
  >`;
}

/** A name of 10 kB is one line; all of it is in the drawer. */
export function shorten(name: string): string {
  return name.length > 200 ? `${name.slice(0, 199)}…` : name;
}

/** A row whose agent is not read yet. */
export function skeletonRow(): TemplateResult {
  return html`<div class="row" aria-hidden="true"></div>`;
}
