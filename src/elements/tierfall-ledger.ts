import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { instancePath, messageOf } from './data/client.js';
import type { LedgerEvent } from './data/types.js';
import { rowWords, typeFilters } from './ledger/row-words.js';
import { icon } from './parts/icons.js';
import { clock, clockExact, exact, since } from './parts/times.js';
import { base } from './styles/base.js';
import { tokens } from './styles/tokens.js';
import { StripLoader } from './table/strip-loader.js';
import { TierfallElement } from './tierfall-element.js';

const PAGE = 50;

/** `<tierfall-ledger base-url="/ops" instance="inbox-triage">`: what happened to an agent, newest first. */
export class TierfallLedger extends TierfallElement {
  static override styles = [
    tokens,
    base,
    css`
      .head {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-bottom: 4px;
      }
      h3 {
        font-weight: 600;
      }
      select.field {
        width: auto;
        min-height: 28px;
        padding: 2px 8px;
      }
      li {
        display: grid;
        grid-template-columns: 72px 20px minmax(0, 1fr);
        gap: 0 4px;
        min-height: 30px;
        padding: 5px 0;
        border-bottom: 1px solid var(--line);
      }
      li .icon {
        margin-top: 2px;
      }
      b {
        font-weight: 500;
      }
      time {
        white-space: nowrap;
      }
      .dot::before {
        content: '';
        display: block;
        width: 5px;
        height: 5px;
        margin: 8px 0 0 5px;
        border-radius: 50%;
        background: var(--text-3);
      }
      .down {
        color: var(--t3);
      }
      .up {
        color: var(--t1);
      }
      .stop {
        color: var(--stop);
      }
      q {
        display: block;
        color: var(--text-2);
        overflow-wrap: anywhere;
      }
      .waiting {
        display: block;
        margin: 4px auto;
      }
      .older {
        margin-top: 12px;
      }
      .said {
        overflow-wrap: anywhere;
      }
    `,
  ];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    instance: {},
    rows: { state: true },
    types: { state: true },
    next: { state: true },
    problem: { state: true },
    isScrolled: { state: true },
  };

  /** The agent. */
  declare instance: string;
  declare rows: readonly LedgerEvent[] | undefined;
  declare types: string;
  declare next: number | null;
  declare problem: string;
  declare isScrolled: boolean;
  #read = '';
  readonly #newest = new StripLoader();
  #waiting: readonly LedgerEvent[] = [];

  constructor() {
    super();
    this.instance = '';
    this.rows = undefined;
    this.types = '';
    this.next = null;
    this.problem = '';
    this.isScrolled = false;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed);
    const wanted = JSON.stringify([this.instance, this.types, this.data?.phase === 'refused']);
    if (this.data && this.instance !== '' && wanted !== this.#read) {
      this.#read = wanted;
      this.rows = undefined;
      this.next = null;
      this.problem = '';
      this.#waiting = [];
      void this.#load();
    }
    this.#takeNew();
  }

  protected override updated(): void {
    // New rows are announced only of agents whose newest rows are known: also where there is no table beside it.
    if (this.data && this.rows) this.#newest.want(this.data, [this.instance]);
  }

  override render(): TemplateResult {
    const { rows, problem, next } = this;
    return html`<section aria-label="Ledger">
      <div class="head">
        <h3>Ledger</h3>
        <select class="field push" aria-label="Which events" @change=${(event: Event) => this.#filter(event)}>
          ${typeFilters.map(({ name, types }) => html`<option value=${types}>${name}</option>`)}
        </select>
      </div>
      ${this.stale}
      ${
        problem === ''
          ? nothing
          : html`<p class="problem" role="alert">${icon('alarm')}${problem} <button class="link" @click=${() =>
              this.#load()}>Try again</button></p>`
      }
      ${
        this.#waiting.length > 0
          ? html`<button class="button waiting" @click=${() => this.#showNew()}>
            ${this.#waiting.length === 1 ? '1 new event' : `${this.#waiting.length} new events`}
          </button>`
          : nothing
      }
      <ul>
        ${rows?.map((row) => this.#row(row))}
      </ul>
      ${rows?.length === 0 ? html`<p class="dim">Nothing has happened to it.</p>` : nothing}
      ${
        next === null
          ? nothing
          : html`<button class="button older" @click=${() => this.#load(next)}>Older events</button>`
      }
    </section>`;
  }

  #row(row: LedgerEvent): TemplateResult {
    const ids = this.data?.agents.get(this.instance)?.tiers.map(({ id }) => id) ?? [];
    const { sign, tone, what, more, quote } = rowWords(row, ids);
    const from = since(row.at, this.now);
    // `1 Nov` is as short as a time of day.
    const isToday = from === clock(row.at);
    return html`<li>
      <time class="faint small" title=${exact(row.at)}>${isToday ? clockExact(row.at) : from}</time>
      <span class=${sign === 'dot' ? 'dot' : tone}>${sign === 'dot' ? nothing : icon(sign)}</span>
      <span class="said"><b>${what}</b> <span class="dim">${more}</span>${
        quote ? html`<q>${quote}</q>` : nothing
      }</span>
    </li>`;
  }

  #filter(event: Event): void {
    this.types = (event.target as HTMLSelectElement).value;
  }

  async #load(before?: number): Promise<void> {
    const live = this.data;
    if (!live) return;
    const { instance, types } = this;
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(types === '' ? {} : { type: types }),
      ...(before === undefined ? {} : { before: String(before) }),
    });
    try {
      const page = await live.client.ask<{ events: LedgerEvent[]; next: number | null }>(
        `${instancePath(instance)}/events?${query.toString()}`,
      );
      if (instance !== this.instance || types !== this.types) return;
      // A second click asks for the same page again.
      const known = before === undefined ? [] : (this.rows ?? []).filter(({ seq }) => seq >= before);
      this.rows = [...known, ...page.events];
      this.next = page.next;
      this.problem = '';
    } catch (error) {
      if (instance === this.instance && types === this.types) this.problem = messageOf(error);
    }
  }

  /** New rows come in at the top while it is scrolled there; otherwise they wait. */
  #takeNew(): void {
    const { rows } = this;
    const live = this.data?.rows.get(this.instance);
    if (!rows || !live) return;
    const newest = rows[0]?.seq ?? 0;
    const wanted = this.types === '' ? undefined : this.types.split(',');
    this.#waiting = live.filter(({ seq, type }) => seq > newest && (wanted === undefined || wanted.includes(type)));
    const isAtTop = this.getBoundingClientRect().top > -40;
    if (this.#waiting.length > 0 && isAtTop) this.#showNew();
  }

  #showNew(): void {
    this.rows = [...this.#waiting, ...(this.rows ?? [])];
    this.#waiting = [];
  }
}
