import { html, nothing, type TemplateResult } from 'lit';
import { badge, stopBadge, tierBadgeOf } from '../parts/badge.js';
import { icon } from '../parts/icons.js';
import { agoWords, clock, exact, since } from '../parts/times.js';
import { nextWords } from '../parts/why.js';
import { targetName } from '../data/targets.js';
import type { Line, LineAction, SituationGroup } from './situation-model.js';

export interface SituationFacts {
  groups: readonly SituationGroup[];
  now: number;
  mayAct: boolean;
  isDecidedOpen: boolean;
  toggleDecided: () => void;
  act: (action: LineAction) => void;
}

/** What is wrong, since when, what happens next, what can be done: shown where there is something to say. */
export function situationPanel(facts: SituationFacts): TemplateResult | typeof nothing {
  if (facts.groups.length === 0) return nothing;
  return html`<section class="panel situation" aria-label="Situation">
    ${facts.groups.map((group, at) => groupOf(group, facts, at === 0))}
  </section>`;
}

function groupOf(group: SituationGroup, facts: SituationFacts, isFirst: boolean): TemplateResult {
  const { title, count, lines, more, filter } = group;
  if (group.group === 'decided') {
    const summary = lines
      .map(({ what, next }) => `${what}${next.at === undefined ? '' : ` until ${clock(next.at)}`}`)
      .join(', ');
    return html`<div class="caption decided">
        <h2>${title} · ${count}</h2>
        ${
          facts.isDecidedOpen
            ? html`<span></span>`
            : html`<span class="cut small dim"
          title=${summary}>${summary}</span>`
        }
        <button class="link small" aria-expanded=${facts.isDecidedOpen} @click=${facts.toggleDecided}>
          ${facts.isDecidedOpen ? 'Hide' : 'Show'}
        </button>
      </div>
      ${facts.isDecidedOpen ? list(group, facts) : nothing}`;
  }
  return html`<div class="caption">
      <h2>${title} · ${count}</h2>
      ${
        isFirst
          ? html`<span class="small dim wide">Since</span><span class="small dim wide">What happens next</span>`
          : nothing
      }
    </div>
    ${list(group, facts)}
    ${
      more > 0
        ? html`<div class="line more"><button class="link" @click=${() => facts.act({ kind: 'filter', filter })}>and
          ${more} more</button></div>`
        : nothing
    }`;
}

function list(group: SituationGroup, facts: SituationFacts): TemplateResult {
  return html`<ul class=${group.group}>
    ${group.lines.map((line, at) => lineOf(line, facts, group.group === 'person' && at === 0))}
  </ul>`;
}

function lineOf(line: Line, facts: SituationFacts, isFirst: boolean): TemplateResult {
  const { now, mayAct } = facts;
  const { what, why, sinceNote, next, condition, actions } = line;
  const from = line.since;
  const shown = actions.filter(
    ({ kind }) => mayAct || kind === 'open' || kind === 'filter' || kind === 'report' || kind === 'retry',
  );
  return html`<li class="line">
    <span class="sign">${sign(line)}</span>
    <div class="what"><b class="cut" title=${what}>${what}</b><span class="second small dim"
      title=${why}>${why}</span></div>
    <div class="from">
      ${
        from === null
          ? nothing
          : html`<span title=${exact(from)}>${since(from, now)}</span><span class="second small faint">${
              sinceNote ?? agoWords(now - from)
            }</span>`
      }
    </div>
    <div class="next"><span>${nextWords(next, now)}</span><span class="second small faint">${condition}</span></div>
    <div class="do">
      ${shown.map((action, at) => {
        const isPrimary = isFirst && at === 0 && mayAct && action.kind !== 'report';
        const look = isPrimary ? 'primary' : action.kind === 'open' || action.kind === 'filter' ? 'quiet' : '';
        return html`<button class="button ${look}" aria-label=${label(action)} @click=${() =>
          facts.act(action)}>${word(action)}</button>`;
      })}
    </div>
  </li>`;
}

function sign({ sign: facts }: Line): TemplateResult {
  if (facts.kind === 'agent') return badge(facts.view);
  if (facts.kind === 'tier') return tierBadgeOf(facts.index);
  if (facts.kind === 'stop') return stopBadge(facts.isFilled ? 'filled' : 'outlined');
  return html`<span class="critical">${icon('critical')}</span>`;
}

const WORDS: Readonly<Record<LineAction['kind'], string>> = {
  resume: 'Resume',
  reset: 'Reset',
  pause: 'Pause',
  open: 'Open',
  report: 'Failure report',
  'resume-target': 'Resume',
  filter: 'Show',
  retry: 'Try again',
};

function word({ kind }: LineAction): string {
  return WORDS[kind];
}

/** The verb, then whom it is about. */
function label(action: LineAction): string {
  if ('name' in action)
    return action.kind === 'report' ? `Failure report of ${action.name}` : `${WORDS[action.kind]} ${action.name}`;
  if (action.kind === 'resume-target') return `Resume ${targetName(action.target)}`;
  return action.kind === 'filter' ? 'Show these agents' : WORDS[action.kind];
}
