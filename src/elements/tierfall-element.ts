import { LitElement, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { liveOf, type Live } from './data/live.js';
import { everySecond } from './parts/ticker.js';

/** What the elements have in common: a server, a token, and what is known of it. */
export abstract class TierfallElement extends LitElement {
  /** Given with the elements for hosts. The page says it at its top itself, and is spared the code. */
  static staleNote: ((live: Live) => TemplateResult | typeof nothing) | undefined;
  static override properties: PropertyDeclarations = {
    baseUrl: { attribute: 'base-url' },
    // A property only: an attribute would stand in the page's source.
    token: { attribute: false },
    theme: { reflect: true },
    live: { attribute: false },
  };

  /** Where the handler answers, e.g. `/ops`. */
  declare baseUrl: string;
  /** A token of that server; empty where it trusts the host's own session. */
  declare token: string;
  /** `light` or `dark`; empty: as the system has it. */
  declare theme: string;
  /** A connection that somebody has made already. */
  declare live: Live | undefined;
  /** The server's time when it was last drawn. */
  protected now = Date.now();
  #connected: Live | undefined;
  #leave: (() => void)[] = [];

  constructor() {
    super();
    this.baseUrl = '';
    this.token = '';
    this.theme = '';
    this.live = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Else with the first update: the page that made it sets its token first.
    if (this.hasUpdated) this.#connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#disconnect();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!this.hasUpdated || changed.has('live') || changed.has('baseUrl') || changed.has('token')) this.#connect();
    this.now = this.#connected?.now() ?? Date.now();
  }

  /** What is known of the server; absent before the element is in a page. */
  protected get data(): Live | undefined {
    return this.#connected;
  }

  /** What an element that stands alone says of that, where it shows what may be no longer so. */
  protected get stale(): TemplateResult | typeof nothing {
    const live = this.#connected;
    return live && this.live === undefined ? (TierfallElement.staleNote?.(live) ?? nothing) : nothing;
  }

  /** False: this element draws from what it was given alone. */
  protected get needsServer(): boolean {
    return true;
  }

  #connect(): void {
    const live = this.isConnected && this.needsServer ? (this.live ?? liveOf(this.baseUrl, this.token)) : undefined;
    if (live === this.#connected && this.#leave.length > 0) return;
    this.#disconnect();
    this.#connected = live;
    if (!this.isConnected) return;
    const draw = () => {
      if (!document.hidden) this.requestUpdate();
    };
    const seen = () => draw();
    document.addEventListener('visibilitychange', seen);
    this.#leave = [everySecond(draw), () => document.removeEventListener('visibilitychange', seen)];
    if (live) this.#leave.push(live.listen(draw));
  }

  #disconnect(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    this.#connected = undefined;
  }
}
