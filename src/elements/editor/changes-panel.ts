import { html, nothing, type TemplateResult } from 'lit';
import type { ConfigAnswer } from '../data/types.js';
import { icon } from '../parts/icons.js';
import { clock } from '../parts/times.js';
import type { Change } from './changes.js';
import type { FieldProblem } from './problems.js';

export interface ChangesFacts {
  changes: readonly Change[];
  problems: readonly FieldProblem[];
  from: ConfigAnswer;
  /** The version that came in between, where one did. */
  newer: ConfigAnswer | undefined;
  isSaving: boolean;
  /** What the other one changed, once it was asked for. */
  theirs: readonly Change[];
  now: number;
  save: () => void;
  discard: () => void;
  showTheirs: () => void;
  goTo: (problem: FieldProblem) => void;
}

const MARKS: Readonly<Record<Change['mark'], string>> = { '+': 'add', '−': 'del', '↑': '', '↓': '', '~': '' };

/** What will change, always in view, and saving it. */
export function changesPanel(facts: ChangesFacts): TemplateResult {
  const { changes, problems, from, newer, isSaving, save, discard, goTo } = facts;
  const [first] = problems;
  const isOff = problems.length > 0 || changes.length === 0 || isSaving;
  return html`<section class="panel changes" aria-label="What will change">
    <div class="panel-head">
      <h2>What will change</h2>
      <span class="small faint">against version ${from.version}</span>
    </div>
    ${newer ? notice(facts, newer) : nothing}
    ${changes.length === 0 ? html`<p class="note small dim">Nothing has changed.</p>` : nothing}
    ${list(changes)}
    <div class="end">
      ${
        first
          ? html`<p class="problem" role="status">
            ${icon('alarm')}<span
              >${problems.length === 1 ? '1 problem' : `${problems.length} problems`} to solve before saving:
              <button class="link" @click=${() => goTo(first)}>${first.place}</button>${
                first.field === 'all' ? `: ${first.message}` : nothing
              }</span
            >
          </p>`
          : nothing
      }
      <div class="buttons">
        <button class="button primary save" aria-disabled=${isOff} @click=${save}>
          ${isSaving ? 'Saving' : `Save as version ${from.version + 1}`}
        </button>
        ${
          changes.length > 0
            ? html`<button class="button quiet" aria-disabled=${isSaving} @click=${discard}>Discard</button>`
            : nothing
        }
      </div>
    </div>
  </section>`;
}

function list(changes: readonly Change[]): TemplateResult {
  return html`<ul>
    ${changes.map(
      ({ mark, before, names, after, consequence }) => html`<li class="change">
        <span class="mark ${MARKS[mark]}" aria-hidden="true">${mark}</span>
        <div>
          ${before} ${names.map(name)} ${after}
          ${consequence === '' ? nothing : html`<br /><span class="small faint">${consequence}</span>`}
        </div>
      </li>`,
    )}
  </ul>`;
}

function notice({ showTheirs, discard, theirs }: ChangesFacts, { version, by, at }: ConfigAnswer): TemplateResult {
  const who = by ?? 'Somebody';
  return html`<div class="notice" role="alert">
    ${icon('clock')}
    <div>
      <b>${who} saved version ${version}${at === null ? '' : ` at ${clock(at)}`},</b> while you were editing. Your
        changes are kept and shown
      against it.
      <div class="buttons">
        ${
          theirs.length > 0
            ? nothing
            : html`<button class="button" @click=${showTheirs}>Show ${who}’s
          changes</button>`
        }
        <button class="button quiet" @click=${discard}>Drop mine</button>
      </div>
      ${theirs.length > 0 ? list(theirs) : nothing}
    </div>
  </div>`;
}

function name({ text, kind }: Change['names'][number]): TemplateResult {
  if (kind === 'add') return html`<ins>${text}</ins> `;
  if (kind === 'del') return html`<del>${text}</del> `;
  return html`<code>${text}</code> `;
}
