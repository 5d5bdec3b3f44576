import { html, nothing, type TemplateResult } from 'lit';
import type { ConfigAnswer } from '../data/types.js';
import { tierBadgeOf } from '../parts/badge.js';
import { icon } from '../parts/icons.js';
import { keptTiers, movedBy, type Draft, type DraftTier } from './draft.js';
import type { FieldProblem } from './problems.js';

type Field = 'provider' | 'model' | 'credential' | 'contextTokens' | 'order';

export interface TierRowFacts {
  tier: DraftTier;
  draft: Draft;
  from: ConfigAnswer;
  problems: readonly FieldProblem[];
  change: (field: Field, value: string) => void;
  touch: (field: string) => void;
  remove: (isRemoved: boolean) => void;
  move: (by: number) => void;
  drag: () => void;
  drop: () => void;
}

/** One tier: its fields, and where it stands. */
export function tierRow(facts: TierRowFacts): TemplateResult {
  const { tier, draft, drag, drop, remove, move } = facts;
  const kept = keptTiers(draft);
  const at = kept.indexOf(tier);
  const place = draft.tiers.indexOf(tier);
  const name = `tier ${at + 1}`;
  const key = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    move(event.key === 'ArrowUp' ? -1 : 1);
  };
  if (tier.isRemoved) {
    return html`<div class="tier gone">
      <span class="grip"></span><span></span><span class="cut">${tier.provider}</span><span
        class="cut">${tier.model}</span>
      <span class="cut">${tier.credential}</span><span></span>
      <button type="button" class="link undo" @click=${() => remove(false)}>Undo</button>
    </div>`;
  }
  const over = (isOver: boolean) => (event: DragEvent) => {
    event.preventDefault();
    (event.currentTarget as HTMLElement).classList.toggle('over', isOver);
  };
  return html`<div
    class="tier ${stateOf(facts)} ${isInPool(tier, kept) ? 'pool' : ''}"
    role="group"
    aria-label="Tier ${at + 1}"
    @keydown=${key}
    @dragover=${over(true)}
    @dragleave=${over(false)}
    @drop=${(event: DragEvent) => {
      over(false)(event);
      drop();
    }}
  >
    <span class="grip" draggable="true" @dragstart=${drag} title="Drag to another place">${icon('grip')}</span>
    <span class="number">${tierBadgeOf(at)}</span>
    ${textField(facts, 'provider', 'Provider', 'Provider', 'providers')} ${textField(
      facts,
      'model',
      'Model',
      'Model name',
      'models',
    )}
    ${textField(facts, 'credential', 'Credential', 'provider’s own')}
    ${textField(facts, 'contextTokens', 'Context tokens', 'not set')}
    <span class="moves">
      ${iconButton('up', `Move ${name} up`, place === 0, () => move(-1))}
      ${iconButton('down', `Move ${name} down`, place === draft.tiers.length - 1, () => move(1))}
      ${iconButton('trash', `Remove ${name}`, false, () => remove(true))}
    </span>
    ${isFirstOfPool(tier, kept) ? orderField(facts) : nothing}
  </div>`;
}

function textField(
  facts: TierRowFacts,
  field: Field,
  label: string,
  placeholder: string,
  list?: string,
): TemplateResult {
  const { tier, problems, change, touch } = facts;
  const name = `tier:${tier.key}:${field}`;
  const problem = problems.find((each) => each.field === name);
  return html`<label class="f-${field}"
    ><span class="name">${label}</span
    ><input
      class="field ${field === 'contextTokens' ? 'number-field' : ''}"
      name=${name}
      aria-label=${label}
      placeholder=${placeholder}
      list=${list ?? nothing}
      inputmode=${field === 'contextTokens' ? 'numeric' : 'text'}
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      maxlength="500"
      .value=${tier[field]}
      aria-invalid=${problem !== undefined}
      aria-describedby=${problem ? `${name}-problem` : nothing}
      @input=${(event: Event) => change(field, (event.target as HTMLInputElement).value)}
      @blur=${() => touch(field)}
    />${
      problem ? html`<span class="problem" id="${name}-problem">${icon('alarm')}${problem.message}</span>` : nothing
    }</label
  >`;
}

/** How the keys of a pool are chosen. */
function orderField({ tier, change }: TierRowFacts): TemplateResult {
  const choose = (event: Event) => change('order', (event.target as HTMLSelectElement).value);
  const option = (value: string, words: string) =>
    html`<option value=${value} ?selected=${tier.order === value}>${words}</option>`;
  return html`<label class="order small dim"
    >Order of its keys
    <select class="field" @change=${choose}>
      ${option('', 'as it is')} ${option('fill', 'Fill')} ${option('least-used', 'Least used')} ${option(
        'session',
        'By session',
      )}
    </select></label
  >`;
}

function iconButton(sign: 'up' | 'down' | 'trash', label: string, isOff: boolean, act: () => void): TemplateResult {
  return html`<button
    type="button"
    class="icon-button"
    aria-label=${label}
    title=${label}
    aria-disabled=${isOff}
    @click=${() => !isOff && act()}
  >
    ${icon(sign)}
  </button>`;
}

function stateOf({ tier, from, draft }: TierRowFacts): string {
  if (tier.origin === null) return 'new';
  const old = from.chain[tier.origin]!;
  const isEdited =
    old.provider !== tier.provider ||
    old.model !== tier.model ||
    (old.credential ?? '') !== tier.credential ||
    String(old.contextTokens ?? '') !== tier.contextTokens;
  return isEdited || movedBy(tier, keptTiers(draft)) !== 0 ? 'moved' : '';
}

function poolOf(tier: DraftTier, kept: readonly DraftTier[]): DraftTier[] {
  if (tier.model === '') return [];
  return kept.filter(({ provider, model }) => provider === tier.provider && model === tier.model);
}

function isInPool(tier: DraftTier, kept: readonly DraftTier[]): boolean {
  return poolOf(tier, kept).length > 1;
}

function isFirstOfPool(tier: DraftTier, kept: readonly DraftTier[]): boolean {
  const pool = poolOf(tier, kept);
  return pool.length > 1 && pool[0] === tier && pool.every(({ credential }) => credential !== '');
}
