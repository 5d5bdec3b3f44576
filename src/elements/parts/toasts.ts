import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { base } from '../styles/base.js';
import { tokens } from '../styles/tokens.js';
import { icon } from './icons.js';

const SHOWN_MS = 6000;
const MOST = 3;

interface Toast {
  text: string;
  isProblem: boolean;
  action: { name: string; run: () => void } | undefined;
  /** When it goes; absent: when it is closed. */
  endsAt: number | undefined;
}

/** Short messages at the bottom left: what was done, and the way back. One for the whole page. */
export class TierfallToasts extends LitElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        position: fixed;
        z-index: 30;
        left: 16px;
        bottom: 16px;
        container-type: normal;
      }
      .toast {
        display: flex;
        align-items: center;
        gap: 12px;
        max-width: min(480px, calc(100vw - 32px));
        margin-top: 8px;
        padding: 8px 14px;
        border-radius: 10px;
        background: var(--text);
        color: var(--surface);
        box-shadow: 0 8px 24px rgb(0 0 0 / 24%);
        animation: come 120ms ease-out;
      }
      .toast button {
        border: 0;
        padding: 0;
        background: none;
        font-weight: 500;
        text-decoration: underline;
        cursor: pointer;
      }
      @keyframes come {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .toast {
          animation: none;
        }
      }
    `,
  ];
  static override properties: PropertyDeclarations = { toasts: { state: true }, theme: { reflect: true } };

  declare toasts: Toast[];
  declare theme: string;
  #isHeld = false;

  constructor() {
    super();
    this.toasts = [];
    this.theme = '';
  }

  show(toast: Omit<Toast, 'endsAt'>): void {
    // Problems do not vanish by themselves.
    const endsAt = toast.isProblem ? undefined : Date.now() + SHOWN_MS;
    this.toasts = [...this.toasts, { ...toast, endsAt }].slice(-MOST);
    if (endsAt !== undefined) setTimeout(() => this.#sweep(), SHOWN_MS + 50);
  }

  override render(): TemplateResult {
    const hold = (isHeld: boolean) => () => {
      this.#isHeld = isHeld;
      if (!isHeld) this.#sweep();
    };
    return html`<div
      role="status"
      @pointerenter=${hold(true)}
      @pointerleave=${hold(false)}
      @focusin=${hold(true)}
      @focusout=${hold(false)}
    >
      ${this.toasts.map(
        (toast) => html`<div class="toast">
          ${icon(toast.isProblem ? 'alarm' : 'check')}<span class="cut">${toast.text}</span>${
            toast.action ? html`<button @click=${() => this.#act(toast)}>${toast.action.name}</button>` : nothing
          }${toast.isProblem ? html`<button @click=${() => this.#drop(toast)}>Close</button>` : nothing}
        </div>`,
      )}
    </div>`;
  }

  #act(toast: Toast): void {
    this.#drop(toast);
    toast.action?.run();
  }

  #drop(toast: Toast): void {
    this.toasts = this.toasts.filter((each) => each !== toast);
  }

  #sweep(): void {
    if (this.#isHeld) return;
    const now = Date.now();
    this.toasts = this.toasts.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
  }
}

/** Shows a message on the page. */
export function showToast(
  text: string,
  more: { action?: Toast['action']; isProblem?: boolean; theme?: string } = {},
): void {
  let toasts = document.querySelector<TierfallToasts>('tierfall-toasts');
  if (!toasts) {
    toasts = document.createElement('tierfall-toasts') as TierfallToasts;
    document.body.append(toasts);
  }
  toasts.theme = more.theme ?? '';
  toasts.show({ text, isProblem: more.isProblem ?? false, action: more.action });
}
