import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { ANSWERED_ELSEWHERE, type Refusal } from '../data/client.js';
import { liveOf, type Live } from '../data/live.js';
import { badgeStyles } from '../parts/badge.js';
import { icon, mark } from '../parts/icons.js';
import { agoWords, clockExact, durationWords } from '../parts/times.js';
import { showToast } from '../parts/toasts.js';
import { base } from '../styles/base.js';
import { tokens } from '../styles/tokens.js';
import { areLettersOn, setLetters } from '../table/keyboard.js';
import type { TierfallChainEditor } from '../tierfall-chain-editor.js';
import { TierfallElement } from '../tierfall-element.js';
import type { TierfallHealth } from '../tierfall-health.js';
import type { TierfallTable } from '../tierfall-table.js';
import { headline } from './headline.js';
import { pageStyles } from './page-styles.js';
import { refusalWords, signedOut } from './refused.js';
import { situation, type LineAction } from './situation-model.js';
import { situationStyles } from './situation-styles.js';
import { situationPanel } from './situation-panel.js';
import { themeStore, tokenStore } from './token-store.js';

type Section = 'overview' | 'chain';

const KEYS: readonly [key: string, does: string][] = [
  ['/', 'to the search; Escape clears it, then leaves'],
  ['↑ ↓, j k', 'row to row; Home, End, Page up, Page down'],
  ['→ ←', 'into the row’s buttons and back'],
  ['Enter', 'open the agent'],
  ['p r h', 'pause or resume, reset, hold: each asks first'],
  ['[ ]', 'previous, next agent'],
  ['Alt ↑ Alt ↓', 'move a tier in the editor'],
  ['Ctrl or ⌘ S', 'save the chain'],
  ['Escape', 'close what floats'],
];

/** The status page: everything the elements show, with a sign-in, a top bar and the situation in words. */
export class TierfallPage extends TierfallElement {
  static override styles = [tokens, base, badgeStyles, situationStyles, pageStyles];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    homeHref: { attribute: 'home-href' },
    homeName: { attribute: 'home-name' },
    embed: { type: Boolean, reflect: true },
    section: { state: true },
    isDecidedOpen: { state: true },
    isSigningIn: { state: true },
    refusal: { state: true },
    announced: { state: true },
  };

  /** Where the link back leads; empty: there is none. */
  declare homeHref: string;
  declare homeName: string;
  /** No top bar and no padding: for a frame. */
  declare embed: boolean;
  declare section: Section;
  declare isDecidedOpen: boolean;
  declare isSigningIn: boolean;
  declare refusal: Refusal | undefined;
  declare announced: string;
  #wasLost = false;
  #wasAtChain = false;
  #needs = '';

  constructor() {
    super();
    this.homeHref = '';
    this.homeName = '';
    this.baseUrl = location.pathname.replace(/\/$/u, '');
    this.embed = new URLSearchParams(location.search).has('embed');
    this.token = tokenStore.read();
    this.theme = themeStore.read();
    this.section = location.hash === '#chain' ? 'chain' : 'overview';
    this.isDecidedOpen = false;
    this.isSigningIn = false;
    this.refusal = undefined;
    this.announced = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#key);
    addEventListener('hashchange', this.#routed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
    removeEventListener('hashchange', this.#routed);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed);
    const live = this.data;
    if (!live) return;
    if (live.phase === 'lost') this.#wasLost = true;
    if (live.phase === 'live' && this.#wasLost) {
      this.#wasLost = false;
      showToast('Connected again.', { theme: this.theme });
    }
    if (live.phase === 'live' && this.isSigningIn) {
      this.isSigningIn = false;
      tokenStore.write(this.token);
    }
    if (live.phase === 'refused') {
      this.isSigningIn = false;
      this.refusal = live.refusal;
      tokenStore.write('');
    }
    const needs = situation(live)
      .find(({ group }) => group === 'person')
      ?.lines.map(({ what }) => what)
      .join('; ');
    if (needs !== undefined && needs !== this.#needs) this.announced = needs;
    this.#needs = needs ?? '';
  }

  protected override updated(): void {
    document.documentElement.style.setProperty('color-scheme', this.theme === '' ? 'light dark' : this.theme);
    document.body.style.margin = '0';
  }

  override render(): TemplateResult {
    const live = this.data;
    const isRefused = live?.phase === 'refused' || this.isSigningIn;
    return html`${this.embed ? nothing : this.#top(live, isRefused)}
      ${live && isRefused ? this.#refused(live) : nothing}
      ${live && this.section === 'chain' ? this.#chain(live, isRefused) : nothing}
      ${live && this.section === 'overview' && !isRefused ? this.#main(live) : nothing}
      <p class="hidden" role="status">${this.announced}</p>
      ${this.#help()}`;
  }

  #top(live: Live | undefined, isRefused: boolean): TemplateResult {
    const section = (name: Section, words: string) =>
      html`<button aria-current=${this.section === name ? 'page' : 'false'} @click=${() =>
        this.#show(name)}>${words}</button>`;
    const signOut =
      this.token === ''
        ? nothing
        : html`<button class="button quiet" @click=${() => this.#signOut()}>Sign out</button>`;
    const who = live?.actor
      ? html`<span class="who cut" title=${live.actor}>${live.actor}${
          live.may('operate') ? nothing : ' · read only'
        }</span>`
      : nothing;
    const theme = html`<button class="icon-button" aria-label="Theme: ${this.theme || 'system'}"
      title="Theme: ${this.theme || 'system'}" @click=${() => this.#nextTheme()}>${icon('theme')}</button>`;
    return html`<header class="top">
      ${isRefused ? nothing : html`<button class="skip button" @click=${() => this.#skip()}>To the agents</button>`}
      <div>
        ${
          this.homeHref === ''
            ? nothing
            : html`<a class="back" href=${this.homeHref}
              aria-label="Back to ${this.homeName}">${icon('left')}<span>${this.homeName}</span></a>`
        }
        <span class="brand">${mark()}<span>tierfall</span></span>
        ${
          isRefused || !live
            ? html`<span class="push"></span>${theme}`
            : html`<nav aria-label="Sections">${section('overview', 'Overview')}${section('chain', 'Chain')}</nav>
              <span class="push"></span>${this.#state(live)}<span class="wide">${who}</span
              ><span class="wide">${theme}</span><span class="wide">${signOut}</span>
              <details class="menu">
                <summary class="icon-button" aria-label="Menu">${icon('more')}</summary>
                <div>${who}<button class="button quiet" @click=${() => this.#nextTheme()}>Theme: ${
                  this.theme || 'system'
                }</button>${signOut}</div>
              </details>`
        }
      </div>
    </header>`;
  }

  #state({ phase }: Live): TemplateResult {
    const words =
      phase === 'live' ? 'Live' : phase === 'connecting' ? 'Connecting' : phase === 'full' ? 'Every 10 s' : 'Offline';
    return html`<span class="state"><span class="dot ${phase === 'lost' ? 'off' : ''}"></span>${words}</span>`;
  }

  /** The chain. Where a token ends meanwhile it is only hidden: what was being edited is there after the sign-in. */
  #chain(live: Live, isRefused: boolean): TemplateResult | typeof nothing {
    if (isRefused && !this.#wasAtChain) return nothing;
    this.#wasAtChain = true;
    void import('./editor.js');
    return html`<main ?hidden=${isRefused}>
      ${this.#banners(live)}
      <div>
        <h1>Chain</h1>
        <p class="lead">Every agent walks this list from the top. Saving takes effect in all processes within a second
          and is kept in the ledger.</p>
      </div>
      <tierfall-chain-editor .live=${live} .theme=${this.theme}></tierfall-chain-editor>
    </main>`;
  }

  #main(live: Live): TemplateResult {
    const groups = situation(live);
    const told = headline(live, groups, this.now);
    const isReady = live.isComplete || live.agents.size > 0;
    const hasSide = !live.health.isAbsent || !live.alerts.isAbsent;
    return html`<main @tierfall-show-chain=${() => this.#show('chain')} @tierfall-report-of=${(
      event: CustomEvent<string>,
    ) => this.#report(event.detail)}>
      ${this.#banners(live)}
      <div class="headline">
        ${
          isReady && told.isWell
            ? html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8"
          r="6" /><path d="m5.5 8.2 2 2 3.2-4" /></svg>`
            : nothing
        }
        <div>
          <h1>${isReady ? told.title : 'Agents'}</h1>
          <p class="lead">${isReady ? html`<b>${told.first}</b> ${told.rest}` : 'Loading'}</p>
        </div>
      </div>
      ${situationPanel({
        groups,
        now: this.now,
        mayAct: live.may('operate'),
        isDecidedOpen: this.isDecidedOpen,
        toggleDecided: () => {
          this.isDecidedOpen = !this.isDecidedOpen;
        },
        act: (action) => this.#act(action),
      })}
      <div class="columns ${hasSide ? 'two' : ''}">
        <tierfall-table id="agents" .live=${live} .theme=${this.theme}></tierfall-table>
        ${
          hasSide
            ? html`<div class="side">
              ${
                live.health.isAbsent
                  ? nothing
                  : html`<tierfall-health .live=${live}
                .theme=${this.theme}></tierfall-health>`
              }
              ${
                live.alerts.isAbsent
                  ? nothing
                  : html`<tierfall-alerts .live=${live}
                .theme=${this.theme}></tierfall-alerts>`
              }
            </div>`
            : nothing
        }
      </div>
    </main>`;
  }

  #banners(live: Live): TemplateResult {
    const { phase, lostAt, nextTryAt } = live;
    const now = Date.now();
    return html`${
      phase === 'lost'
        ? html`<div class="banner" role="alert">
          ${icon('offline')}<span
            >Connection lost ${agoWords(now - lostAt)}. What you see is from ${clockExact(lostAt)}; actions are off.
              Next try in
            ${durationWords(Math.max(0, nextTryAt - now))}.</span
          ><button class="button push" @click=${() => live.retry()}>Try now</button>
        </div>`
        : nothing
    }${
      phase === 'full'
        ? html`<div class="banner yellow">${icon('clock')}<span>Live updates are full. Refreshed every 10 s
          instead.</span></div>`
        : nothing
    }${
      live.storeOk && live.health.value?.storeOk !== false
        ? nothing
        : html`<div class="banner yellow">${icon('warning')}<span>The store cannot be read. Shown from this process
          alone.</span></div>`
    }`;
  }

  #refused(live: Live): TemplateResult {
    // Where no token was in use, a sign-in of the host decides, and knows its session no longer.
    const hadSession = live.actor !== '' && !this.#hasTried && !this.isSigningIn;
    return hadSession || this.refusal?.status === ANSWERED_ELSEWHERE ? signedOut() : this.#signIn(live);
  }

  #signIn(live: Live): TemplateResult {
    const { refusal } = this;
    const problem = this.isSigningIn || !this.#hasTried ? '' : refusalWords(refusal, live.actor !== '');
    return html`<main class="sign-in">
      <form class="card" @submit=${(event: Event) => this.#submit(event)}>
        ${mark()}
        <div>
          <h1>Sign in to see your agents</h1>
          <p class="dim">Use a token of this server. What you may do depends on it.</p>
        </div>
        <label
          >Token<input
            class="field"
            name="token"
            type="password"
            autocomplete="off"
            required
            aria-invalid=${problem !== ''}
            aria-describedby=${problem === '' ? nothing : 'refused'}
        /></label>
        ${problem === '' ? nothing : html`<p class="problem" id="refused" role="alert">${icon('alarm')}${problem}</p>`}
        <button class="button primary" aria-disabled=${this.isSigningIn}>${
          this.isSigningIn ? 'Signing in' : 'Sign in'
        }</button>
        <p class="small faint">Kept for this tab only and forgotten when you close it. It is sent to this server and
          nowhere else.</p>
      </form>
    </main>`;
  }

  /** A token was given; before that there is nothing to complain about. */
  #hasTried = tokenStore.read() !== '';

  #submit(event: Event): void {
    event.preventDefault();
    const token = (event.target as HTMLFormElement).querySelector('input')!.value.trim();
    if (token === '') return;
    this.#hasTried = true;
    this.isSigningIn = true;
    this.refusal = undefined;
    // Also the same token again: it is asked again.
    this.live = liveOf(this.baseUrl, token);
    this.token = token;
  }

  #signOut(): void {
    tokenStore.write('');
    location.reload();
  }

  #help(): TemplateResult {
    const toggle = (event: Event) => setLetters((event.target as HTMLInputElement).checked);
    return html`<dialog class="help" aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      <dl class="keys">${KEYS.map(([key, does]) => html`<dt>${key}</dt><dd>${does}</dd>`)}</dl>
      <label><input type="checkbox" .checked=${areLettersOn()} @change=${toggle} /> Single letters in the table</label>
      <form method="dialog"><button class="button">Close</button></form>
    </dialog>`;
  }

  #act(action: LineAction): void {
    const table = this.renderRoot.querySelector<TierfallTable>('tierfall-table');
    if (action.kind === 'resume-target')
      this.renderRoot.querySelector<TierfallHealth>('tierfall-health')?.ask('resume', action.target);
    else if (action.kind === 'filter') table?.choose({ filter: action.filter });
    else if (action.kind === 'retry') this.data?.retry();
    else if (action.kind === 'open') table?.open(action.name);
    else if (action.kind === 'report') table?.open(action.name, 'report');
    else table?.act(action.kind, action.name);
  }

  #report(name: string): void {
    this.renderRoot.querySelector<TierfallTable>('tierfall-table')?.open(name, 'report');
  }

  #show(section: Section): void {
    const editor = this.renderRoot.querySelector<TierfallChainEditor>('tierfall-chain-editor');
    // oxlint-disable-next-line no-alert -- asked once, as the browser does when the tab is closed
    if (section !== 'chain' && editor?.isChanged && !confirm('Leave without saving the chain?')) return;
    this.section = section;
    history.replaceState(history.state, '', section === 'chain' ? '#chain' : `${location.pathname}${location.search}`);
  }

  readonly #routed = (): void => {
    this.section = location.hash === '#chain' ? 'chain' : 'overview';
  };

  #nextTheme(): void {
    this.theme = this.theme === '' ? 'light' : this.theme === 'light' ? 'dark' : '';
    themeStore.write(this.theme);
  }

  #skip(): void {
    const table = this.renderRoot.querySelector<TierfallTable>('tierfall-table');
    table?.scrollIntoView();
    table?.renderRoot.querySelector<HTMLElement>('.row[tabindex="0"], button')?.focus();
  }

  readonly #key = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    if (event.key !== '?' || (target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/u.test(target.tagName)))
      return;
    this.renderRoot.querySelector<HTMLDialogElement>('dialog.help')?.showModal();
  };
}
