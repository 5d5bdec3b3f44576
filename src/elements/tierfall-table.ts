import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { pauseAheadQuestion, questionOf, type ActionName } from './data/actions.js';
import type { Live } from './data/live.js';
import type { InstanceView } from './data/types.js';
import { badgeStyles } from './parts/badge.js';
import type { TierfallDialog } from './parts/dialog.js';
import { legend, stripStyles } from './parts/strip.js';
import { base } from './styles/base.js';
import { tokens } from './styles/tokens.js';
import { emptyTable } from './table/empty.js';
import { moveTo, rowKey } from './table/keyboard.js';
import { row, skeletonRow } from './table/row.js';
import { StripLoader } from './table/strip-loader.js';
import { chooseAgents, keepOrder, windowOf, type Filter, type SortKey } from './table/table-model.js';
import { tableColumns, tableHead, type HeadFacts } from './table/table-head.js';
import { tableStyles } from './table/table-styles.js';
import { readChoice, writeChoice } from './table/url-choice.js';
import { TierfallElement } from './tierfall-element.js';
import { explainInstance } from '../core/view/explain-instance.js';

const ROW_HEIGHT = 42;
const CARD_HEIGHT = 136;
const CALM_CARD_HEIGHT = 92;
/** Drawn beyond what is seen, in pixels. */
const MARGIN = 400;
/** So few rows are drawn as they are. */
const FEW = 60;
const CARDS_BELOW = 760;

/** `<tierfall-table base-url="/ops">`: every agent, where its calls go and why, its day, and what can be done. */
export class TierfallTable extends TierfallElement {
  static override styles = [tokens, base, badgeStyles, stripStyles, tableStyles];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    readOnly: { type: Boolean, attribute: 'read-only' },
    opened: { state: true },
    report: { state: true },
    filter: { state: true },
    search: { state: true },
    sort: { state: true },
    width: { state: true },
  };

  /** No buttons, whatever the token may do. */
  declare readOnly: boolean;
  /** The agent in the drawer. */
  declare opened: string;
  /** The drawer shows its failure report. */
  declare report: boolean;
  declare filter: Filter;
  declare search: string;
  declare sort: SortKey;
  declare width: number;
  #order: string[] = [];
  #isOff = false;
  #isHeld = false;
  #active = '';
  #heights: number[] = [];
  #shown = { from: 0, to: 40, before: 0, after: 0 };
  #frame = 0;
  readonly #strips = new StripLoader();
  readonly #resize = new ResizeObserver(([entry]) => {
    this.width = Math.round(entry?.contentRect.width ?? 0);
  });

  constructor() {
    super();
    this.readOnly = false;
    this.opened = '';
    this.report = false;
    this.width = 0;
    const { filter, search } = readChoice();
    this.filter = filter;
    this.search = search;
    this.sort = 'tier';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
    addEventListener('scroll', this.#scrolled, { capture: true, passive: true });
    addEventListener('keydown', this.#globalKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
    removeEventListener('scroll', this.#scrolled, { capture: true });
    removeEventListener('keydown', this.#globalKey);
  }

  /** Opens the drawer of an agent, or its failure report. */
  open(name: string, what: 'agent' | 'report' = 'agent'): void {
    this.opened = name;
    this.report = what === 'report';
  }

  /** Shows the agents that a filter leaves. */
  choose(choice: { filter?: Filter; search?: string }): void {
    this.filter = choice.filter ?? this.filter;
    this.search = choice.search ?? this.search;
    this.#order = [];
    writeChoice(this.filter, this.search);
  }

  /** Asks before an action on an agent, and does it. */
  act(action: ActionName, name: string): void {
    const live = this.data;
    const view = live?.agents.get(name);
    if (live && view) void this.#dialog?.ask(questionOf(action, view, live, (next, who) => this.act(next, who)));
  }

  /** Asks for the name of an agent to pause before its first call. */
  pauseAhead(): void {
    if (this.data) void this.#dialog?.ask(pauseAheadQuestion(this.data));
  }

  get #dialog(): TierfallDialog | null {
    return this.renderRoot.querySelector<TierfallDialog>('tierfall-dialog');
  }

  get #mayAct(): boolean {
    return !this.readOnly && (this.data?.may('operate') ?? false);
  }

  override render(): TemplateResult {
    const live = this.data;
    const views = live ? this.#views(live) : [];
    return html`<section class="panel ${this.#mayAct ? '' : 'no-actions'}" aria-label="Agents">
        ${tableHead(this.#headFacts(live))} ${this.stale} ${live ? this.#body(live, views) : nothing}
      </section>
      <tierfall-dialog .theme=${this.theme}></tierfall-dialog>
      ${live && this.opened !== '' ? this.#drawer(live, views) : nothing}`;
  }

  protected override updated(): void {
    const live = this.data;
    if (live) this.#strips.want(live, this.#order.slice(this.#shown.from, this.#shown.to));
    const strip = this.#stripWidth;
    if (this.width >= CARDS_BELOW) this.style.setProperty('--strip', `${strip}px`);
    const spaces = this.renderRoot.querySelectorAll<HTMLElement>('.space');
    spaces[0]?.style.setProperty('height', `${this.#shown.before}px`);
    spaces[1]?.style.setProperty('height', `${this.#shown.after}px`);
  }

  #body(live: Live, views: InstanceView[]): TemplateResult {
    if (live.agentsProblem !== '' && live.agents.size === 0) {
      return html`<div class="empty" role="alert">
        <p>${live.agentsProblem}</p>
        <button class="button" @click=${() => live.retry()}>Try again</button>
      </div>`;
    }
    if (live.isComplete && live.agents.size === 0) {
      return emptyTable(live, this.#mayAct, {
        showChain: () => this.dispatchEvent(new CustomEvent('tierfall-show-chain', { bubbles: true, composed: true })),
        pauseAhead: () => this.pauseAhead(),
      });
    }
    return html`<div class="table" role="table" aria-label="Agents" aria-rowcount=${views.length + 1}>
        ${tableColumns(this.#headFacts(live))} ${this.#rows(live, views)}
      </div>
      ${
        views.length === 0 && live.isComplete
          ? html`<div class="empty">
            <p>No agent matches${this.search === '' ? '' : ` “${this.search}”`}.</p>
            <button class="button" @click=${() => this.choose({ filter: 'all', search: '' })}>Clear search</button>
          </div>`
          : nothing
      }
      <div class="foot">
        ${legend()}
        ${
          this.#isOff
            ? html`<span class="small">Order has changed, <button class="link" @click=${() => this.#sortAgain()}>sort
              again</button></span>`
            : nothing
        }
        <span class="push" role="status">${views.length} of ${live.agents.size}</span>
      </div>`;
  }

  #rows(live: Live, views: InstanceView[]): TemplateResult {
    const window = this.#window();
    this.#shown = window;
    const shown = views.slice(window.from, window.to);
    if (!live.isComplete && views.length === 0) {
      return html`<div class="rows">${Array.from({ length: 8 }, skeletonRow)}</div>`;
    }
    const active = views.some(({ name }) => name === this.#active) ? this.#active : (views[0]?.name ?? '');
    return html`<div
      class="rows"
      role="rowgroup"
      @keydown=${(event: KeyboardEvent) => this.#rowKey(event, views)}
      @focusin=${(event: FocusEvent) => this.#focused(event)}
      @focusout=${() => this.#hold()}
      @pointerenter=${() => this.#hold(true)}
      @pointerleave=${() => this.#hold(false)}
    >
      <div class="space" aria-hidden="true"></div>
      ${repeat(
        shown,
        ({ name }) => name,
        (view, at) =>
          row({
            view,
            live,
            now: this.now,
            index: window.from + at + 2,
            stripWidth: this.#stripWidth,
            isOpen: view.name === this.opened,
            isActive: view.name === active,
            mayAct: this.#mayAct,
            open: (name) => this.open(name),
            act: (action, name) => this.act(action, name),
          }),
      )}
      <div class="space" aria-hidden="true"></div>
    </div>`;
  }

  #drawer(live: Live, views: InstanceView[]): TemplateResult {
    const at = views.findIndex(({ name }) => name === this.opened);
    const go = (by: number) => {
      const next = views[at + by];
      if (next) this.open(next.name, this.report ? 'report' : 'agent');
    };
    return html`<tierfall-drawer
      .live=${live}
      .theme=${this.theme}
      .instance=${this.opened}
      .isReport=${this.report}
      .mayAct=${this.#mayAct}
      .act=${(action: ActionName) => this.act(action, this.opened)}
      @tierfall-close=${() => this.#close()}
      @tierfall-report=${(event: CustomEvent<boolean>) => {
        this.report = event.detail;
      }}
      @tierfall-go=${(event: CustomEvent<number>) => go(event.detail)}
    ></tierfall-drawer>`;
  }

  #close(): void {
    const name = this.opened;
    this.opened = '';
    void this.updateComplete.then(() => moveTo(this.renderRoot, name));
  }

  /** The agents to show, in an order that does not move under the reader. */
  #views(live: Live): InstanceView[] {
    const sorted = chooseAgents(live.agents.values(), this);
    const names = sorted.map(({ name }) => name);
    const { order, isOff } =
      this.#isHeld && this.#order.length > 0 ? keepOrder(this.#order, names) : { order: names, isOff: false };
    this.#order = order;
    this.#isOff = isOff;
    const views = order.map((name) => live.agents.get(name)).filter((view) => view !== undefined);
    const isCards = this.width > 0 && this.width < CARDS_BELOW;
    this.#heights = views.map((view) => {
      if (!isCards) return ROW_HEIGHT;
      return explainInstance(view).group === null ? CALM_CARD_HEIGHT : CARD_HEIGHT;
    });
    return views;
  }

  #headFacts(live: Live | undefined): HeadFacts {
    return {
      live,
      filter: this.filter,
      search: this.search,
      sort: this.sort,
      now: this.now,
      stripWidth: this.#stripWidth,
      mayAct: this.#mayAct,
      choose: (choice) => this.choose(choice),
      sortBy: (key) => {
        this.sort = key;
        this.#order = [];
      },
      searchKey: (event) => this.#searchKey(event),
    };
  }

  #sortAgain(): void {
    this.#order = [];
    this.requestUpdate();
  }

  get #stripWidth(): number {
    if (this.width === 0) return 264;
    if (this.width < CARDS_BELOW) return Math.max(120, this.width - 26);
    return this.width < 900 ? 200 : 264;
  }

  #window(): { from: number; to: number; before: number; after: number } {
    const count = this.#heights.length;
    const rows = this.renderRoot.querySelector('.rows');
    if (count <= FEW || !rows) return { from: 0, to: Math.min(count, FEW), before: 0, after: 0 };
    const top = -rows.getBoundingClientRect().top;
    return windowOf(this.#heights, top - MARGIN, top + innerHeight + MARGIN);
  }

  readonly #scrolled = (): void => {
    if (this.#heights.length <= FEW || this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const { from, to } = this.#window();
      if (from !== this.#shown.from || to !== this.#shown.to) this.requestUpdate();
    });
  };

  /** While somebody points at the table or works in it, rows stay where they are. */
  #hold(isHeld = this.renderRoot.querySelector('.rows:hover, .rows:focus-within') !== null): void {
    this.#isHeld = isHeld;
  }

  #focused(event: FocusEvent): void {
    this.#isHeld = true;
    const name = (event.target as Element).closest<HTMLElement>('.row')?.dataset['name'];
    if (name === undefined || name === this.#active) return;
    this.#active = name;
    this.requestUpdate();
  }

  #rowKey(event: KeyboardEvent, views: readonly InstanceView[]): void {
    const move = rowKey(event, {
      names: views.map(({ name }) => name),
      mayAct: this.#mayAct,
      page: Math.max(1, Math.floor(innerHeight / ROW_HEIGHT) - 2),
      open: (name) => this.open(name),
      act: (action, name) =>
        this.act(action === 'pause' && this.data?.agents.get(name)?.paused ? 'resume' : action, name),
    });
    if (move !== undefined) void this.#moveTo(move);
  }

  /** Brings a row into view and gives it the focus, also one that is not drawn yet. */
  async #moveTo(name: string): Promise<void> {
    this.#active = name;
    const at = this.#order.indexOf(name);
    const rows = this.renderRoot.querySelector('.rows');
    if (rows && !moveTo(this.renderRoot, name)) {
      const top = this.#heights.slice(0, at).reduce((sum, height) => sum + height, 0);
      scrollBy({ top: rows.getBoundingClientRect().top + top - innerHeight / 2 });
      this.requestUpdate();
      await this.updateComplete;
      moveTo(this.renderRoot, name);
    }
    if (this.opened !== '') this.open(name, this.report ? 'report' : 'agent');
    this.requestUpdate();
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    if (this.search === '') (event.target as HTMLElement).blur();
    else this.choose({ search: '' });
  }

  readonly #globalKey = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    const isTyping = target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/u.test(target.tagName);
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '/') {
      event.preventDefault();
      this.renderRoot.querySelector<HTMLElement>('.search input')?.focus();
    }
  };
}
