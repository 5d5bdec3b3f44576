import { html, nothing, type TemplateResult } from 'lit';
import type { Live } from '../data/live.js';
import { icon } from '../parts/icons.js';
import { axis } from '../parts/strip.js';
import { countAgents, filters, type Filter, type SortKey } from './table-model.js';

export interface HeadFacts {
  live: Live | undefined;
  filter: Filter;
  search: string;
  sort: SortKey;
  now: number;
  stripWidth: number;
  mayAct: boolean;
  choose: (choice: { filter?: Filter; search?: string }) => void;
  sortBy: (key: SortKey) => void;
  searchKey: (event: KeyboardEvent) => void;
}

/** Title, filters with their counts, and the search. */
export function tableHead({ live, filter, search, choose, searchKey }: HeadFacts): TemplateResult {
  const isEmpty = live?.isComplete === true && live.agents.size === 0;
  const counts = countAgents(live?.agents.values() ?? []);
  return html`<div class="panel-head">
    <h2>Agents</h2>
    ${
      isEmpty
        ? nothing
        : html`<div class="filters" role="radiogroup" aria-label="Which agents" @keydown=${arrows}>
            ${filters.map(
              ({ key, name }) =>
                html`<button class="filter" role="radio" tabindex=${filter === key ? 0 : -1} aria-checked=${
                  filter === key
                } @click=${() => choose({ filter: key })}>
                  ${name} <span class="n">${counts[key]}</span>
                </button>`,
            )}
          </div>
          <div class="search">
            ${icon('search')}<input
              class="field"
              type="search"
              placeholder="Search agents"
              aria-label="Search agents"
              .value=${search}
              @input=${(event: Event) => choose({ search: (event.target as HTMLInputElement).value })}
              @keydown=${searchKey}
            /><kbd aria-hidden="true">/</kbd>
          </div>`
    }
  </div>`;
}

/** The arrow keys go from one choice to the next, as they do among radio buttons. */
function arrows(event: KeyboardEvent): void {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const choices = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=radio]')];
  const next = choices[(choices.indexOf(event.target as HTMLElement) + by + choices.length) % choices.length];
  next?.focus();
  next?.click();
}

/** The heads of the columns; three of them sort. */
export function tableColumns({ sort, now, stripWidth, mayAct, sortBy }: HeadFacts): TemplateResult {
  const column = (key: SortKey, name: string) =>
    html`<div role="columnheader" aria-sort=${sort === key ? (key === 'since' ? 'descending' : 'ascending') : 'none'}>
      <button @click=${() => sortBy(key)}>${name}${sort === key ? icon('down') : nothing}</button>
    </div>`;
  return html`<div role="rowgroup">
    <div class="head" role="row" aria-rowindex="1">
      ${column('tier', 'Tier')} ${column('agent', 'Agent')}
      <div class="column-model" role="columnheader">Model</div>
      ${column('since', 'Why, and what is next')}
      <div role="columnheader"><span class="hidden">Last 24 hours</span>${axis(now, stripWidth)}</div>
      ${mayAct ? html`<div role="columnheader"><span class="hidden">Actions</span></div>` : nothing}
    </div>
  </div>`;
}
