import { html, nothing, type TemplateResult } from 'lit';
import type { ConfigAnswer } from '../data/types.js';
import { icon } from '../parts/icons.js';
import { triggerName } from './changes.js';
import type { Conflicts, Draft } from './draft.js';
import type { FieldProblem } from './problems.js';

const BOXES = [
  'rate_limit',
  'overloaded',
  'server_error',
  'timeout',
  'network',
  'model_unavailable',
  'quota',
  'auth',
  'permission',
  'token_budget',
  'content_policy',
  'context_overflow',
];

const EXHAUSTED: readonly [value: string, name: string, consequence: string][] = [
  ['wrap', 'Start over at the top', 'Rests end early; waits a provider asked for stay'],
  ['pause', 'Pause the agent', 'Until someone resumes or resets it'],
  ['wait', 'Wait for the soonest tier', 'Within the call’s deadline'],
  ['throw', 'Fail the call', 'With the time of the next try'],
];

const COUNTED = ['total', 'input', 'output', 'billable', 'costUsd'];
/** Parts of the policy that have fields of their own. */
const EDITED: ReadonlySet<string> = new Set(['triggers', 'onExhausted', 'tokenBudget']);

export interface PolicyFacts {
  draft: Draft;
  from: ConfigAnswer;
  problems: readonly FieldProblem[];
  conflicts: Conflicts;
  /** Who saved the version that came in between. */
  by: string | null;
  change: (part: Partial<Draft>) => void;
  touch: (field: string) => void;
}

/** When to step down, what to do when no tier is left, rests, and the budget. */
export function policyFields(facts: PolicyFacts): TemplateResult {
  const { draft, from } = facts;
  return html`<div class="quarters">
      ${triggers(facts)} ${exhausted(facts)} ${ladder(facts)} ${
        draft.triggers.includes('token_budget') ? budget(facts) : nothing
      }
    </div>
    <details>
      <summary>More</summary>
      <p class="small dim">What this page does not edit. It goes back unchanged.</p>
      <dl>
        ${Object.entries(from.policy)
          .filter(([name]) => !EDITED.has(name))
          .map(([name, value]) => html`<dt>${name}</dt><dd>${JSON.stringify(value)}</dd>`)}
      </dl>
    </details>`;
}

function triggers(facts: PolicyFacts): TemplateResult {
  const { draft, change, touch } = facts;
  const own = [...new Set([...draft.triggers, ...facts.from.policy.triggers])].filter((kind) => !BOXES.includes(kind));
  const toggle = (kind: string) => (event: Event) => {
    const isOn = (event.target as HTMLInputElement).checked;
    change({ triggers: isOn ? [...draft.triggers, kind] : draft.triggers.filter((each) => each !== kind) });
    touch('triggers');
  };
  const add = (event: Event) => {
    const input = (event.currentTarget as HTMLElement).previousElementSibling as HTMLInputElement;
    const kind = input.value.trim();
    if (kind === '' || draft.triggers.includes(kind)) return;
    change({ triggers: [...draft.triggers, kind] });
    touch('triggers');
    input.value = '';
  };
  const box = (kind: string, name: TemplateResult | string) =>
    html`<label class="box"><input type="checkbox" .checked=${draft.triggers.includes(kind)} @change=${toggle(kind)}
      /><span class="cut">${name}</span></label>`;
  return html`<fieldset>
    <legend>When to step down</legend>
    <p class="small dim">A failure of a kind that is not ticked is passed on to the caller.</p>
    <div class="boxes">
      ${BOXES.map((kind) => box(kind, triggerName(kind)))} ${own.map((kind) => box(kind, html`<code>${kind}</code>`))}
    </div>
    <div class="add-trigger">
      <input class="field" name="triggers" aria-label="Another trigger" placeholder="Another trigger" maxlength="100" />
      <button type="button" class="button" @click=${add}>Add a trigger</button>
    </div>
    ${problemsAt(facts, 'triggers')}
  </fieldset>`;
}

function exhausted({ draft, change, conflicts, by }: PolicyFacts): TemplateResult {
  return html`<fieldset>
    <legend>When no tier is left</legend>
    <p class="small dim">Chosen for all agents of this chain.</p>
    <div class="choices">
      ${EXHAUSTED.map(
        ([value, name, consequence]) => html`<label class="box">
          <input type="radio" name="exhausted" .checked=${draft.onExhausted === value} @change=${() =>
            change({
              onExhausted: value,
            })} />
          <span>${name}<br /><span class="small faint">${consequence}</span></span>
        </label>`,
      )}
    </div>
    ${theirs(conflicts['onExhausted'], by)}
  </fieldset>`;
}

function ladder(facts: PolicyFacts): TemplateResult {
  const { draft, change, touch, conflicts, by } = facts;
  const field = (name: 'first' | 'times' | 'most', label: string) =>
    html`<label
      >${label}<input
        class="field number-field"
        name=${name === 'first' ? 'ladder' : `ladder:${name}`}
        inputmode="decimal"
        placeholder="per kind"
        .value=${draft.ladder[name]}
        @input=${(event: Event) =>
          change({ ladder: { ...draft.ladder, [name]: (event.target as HTMLInputElement).value } })}
        @blur=${() => touch('ladder')}
    /></label>`;
  return html`<fieldset>
    <legend>Rest after a failure</legend>
    <p class="small dim">
      Grows with each failure in a row. A provider’s own wait outranks it.${
        draft.ladder.first === '' ? ' Each kind has a ladder of its own; numbers here replace them all.' : nothing
      }
    </p>
    <div class="three">${field('first', 'First, seconds')}${field('times', 'Times')}${field(
      'most',
      'At most, seconds',
    )}</div>
    ${problemsAt(facts, 'ladder')} ${theirs(conflicts['ladder'], by)}
  </fieldset>`;
}

function budget(facts: PolicyFacts): TemplateResult {
  const { draft, change, touch, conflicts, by, from } = facts;
  const field = (name: 'limit' | 'hours', label: string) =>
    html`<label
      >${label}<input
        class="field number-field"
        name=${name === 'limit' ? 'budget' : `budget:${name}`}
        inputmode="decimal"
        .value=${draft.budget[name]}
        @input=${(event: Event) =>
          change({ budget: { ...draft.budget, [name]: (event.target as HTMLInputElement).value } })}
        @blur=${() => touch('budget')}
    /></label>`;
  const choose = (event: Event) =>
    change({ budget: { ...draft.budget, count: (event.target as HTMLSelectElement).value } });
  const soft = from.policy.tokenBudget?.softLimit;
  return html`<fieldset>
    <legend>Token budget</legend>
    <p class="small dim">Counted per agent and tier.${
      soft === undefined ? nothing : ` Warns at ${Math.round(soft * 100)} %.`
    }</p>
    <div class="three">
      ${field('limit', 'Limit, tokens')}${field('hours', 'Window, hours')}<label
        >Counted<select class="field" @change=${choose}>
          ${draft.budget.count === '' ? html`<option value="">all tokens</option>` : nothing}
          ${COUNTED.map(
            (value) => html`<option value=${value} ?selected=${draft.budget.count === value}>${value}</option>`,
          )}
        </select></label
      >
    </div>
    ${problemsAt(facts, 'budget')} ${theirs(conflicts['budget'], by)}
  </fieldset>`;
}

function problemsAt({ problems }: PolicyFacts, field: string): TemplateResult[] {
  return problems
    .filter((each) => each.field === field)
    .map(({ message }) => html`<p class="problem">${icon('alarm')}${message}</p>`);
}

/** What the other one set in a field that both changed. */
function theirs(words: string | undefined, by: string | null): TemplateResult | typeof nothing {
  return words === undefined ? nothing : html`<p class="small dim">${by ?? 'The other one'} set ${words}</p>`;
}
