import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { messageOf } from '../data/client.js';
import { base } from '../styles/base.js';
import { tokens } from '../styles/tokens.js';
import { icon } from './icons.js';
import { tomorrowAt } from './times.js';

/** What a confirmation asks for beside a reason. */
export interface Question {
  title: string;
  text: string;
  /** The button's name: what is done. */
  verb: string;
  /** The same while it is being done: `Pausing`. */
  doing: string;
  isDangerous?: boolean;
  /** It may end by itself. */
  ends?: boolean;
  /** The tiers to choose from, by id. */
  tiers?: readonly string[];
  tier?: number;
  /** A name has to be given. */
  asksName?: boolean;
  now: number;
  /** Does it. What it throws is shown, and the dialog stays. */
  act(answer: Answer): Promise<void>;
}

/** What was filled in. */
export interface Answer {
  reason: string;
  until: number | undefined;
  tier: number;
  name: string;
}

const MINUTE = 60_000;

/** The one dialog of the page: a question, a reason, and a button named after the verb. */
export class TierfallDialog extends LitElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        container-type: normal;
      }
      dialog {
        width: min(440px, calc(100vw - 24px));
        padding: 20px;
        border: 0;
        border-radius: 12px;
        background: var(--surface);
        color: var(--text);
        box-shadow: 0 16px 48px rgb(0 0 0 / 28%);
      }
      dialog[open] {
        animation: come 120ms ease-out;
      }
      dialog::backdrop {
        background: rgb(10 14 20 / 38%);
      }
      h2 {
        font: 600 16px/22px var(--sans);
        overflow-wrap: anywhere;
      }
      .text {
        margin-top: 4px;
        color: var(--text-2);
      }
      label {
        display: block;
        margin-top: 14px;
        font-weight: 500;
      }
      label .field {
        display: block;
        margin-top: 5px;
        font-weight: 400;
      }
      textarea {
        min-height: 54px;
        resize: vertical;
      }
      .buttons {
        display: flex;
        justify-content: flex-end;
        gap: 8px;
        margin-top: 16px;
      }
      .problem {
        margin-top: 12px;
      }
      @keyframes come {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
      @media (prefers-reduced-motion: reduce) {
        dialog[open] {
          animation: none;
        }
      }
    `,
  ];
  static override properties: PropertyDeclarations = {
    theme: { reflect: true },
    question: { state: true },
    problem: { state: true },
    isBusy: { state: true },
    ends: { state: true },
  };

  declare theme: string;
  declare question: Question | undefined;
  declare problem: string;
  declare isBusy: boolean;
  declare ends: string;
  #focusBefore: HTMLElement | null = null;
  /** When it was asked, by this computer's clock. */
  #askedAt = 0;

  constructor() {
    super();
    this.theme = '';
    this.question = undefined;
    this.problem = '';
    this.isBusy = false;
    this.ends = '';
  }

  /** Asks. The focus starts in the reason and goes back where it came from. */
  async ask(question: Question): Promise<void> {
    this.#focusBefore = deepActive();
    this.#askedAt = Date.now();
    this.question = question;
    this.problem = '';
    this.isBusy = false;
    this.ends = '';
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector('dialog');
    dialog?.showModal();
    this.renderRoot.querySelector<HTMLElement>(question.asksName ? 'input[name=name]' : 'textarea')?.focus();
  }

  override render(): TemplateResult | typeof nothing {
    const { question } = this;
    if (!question) return nothing;
    const { title, text, verb, doing, isDangerous, ends, tiers, tier, asksName } = question;
    return html`<dialog aria-labelledby="title" @close=${() => this.#closed()} @cancel=${(event: Event) =>
      this.isBusy && event.preventDefault()}>
      <form method="dialog" @submit=${(event: Event) => this.#submit(event)} @keydown=${(event: KeyboardEvent) =>
        this.#key(event)}>
        <h2 id="title">${title}</h2>
        <p class="text">${text}</p>
        ${
          asksName
            ? html`<label>Agent<input class="field" name="name" required autocomplete="off" maxlength="1000"
          /></label>`
            : nothing
        }
        ${
          tiers
            ? html`<label>Tier<select class="field" name="tier">
              ${tiers.map(
                (id, index) => html`<option value=${index} ?selected=${index === tier}>Tier ${index + 1},
                ${id}</option>`,
              )}
            </select></label>`
            : nothing
        }
        <label>Reason<textarea class="field" name="reason" rows="2" maxlength="500"></textarea></label>
        ${ends ? this.#endsField() : nothing}
        ${this.problem === '' ? nothing : html`<p class="problem" role="alert">${icon('alarm')}${this.problem}</p>`}
        <div class="buttons">
          <button type="button" class="button" @click=${() => this.#close()}>Cancel</button>
          <button class="button ${isDangerous ? 'danger' : 'primary'}" aria-disabled=${this.isBusy}>
            ${this.isBusy ? doing : verb}
          </button>
        </div>
      </form>
    </dialog>`;
  }

  #endsField(): TemplateResult {
    const choose = (event: Event) => {
      this.ends = (event.target as HTMLSelectElement).value;
    };
    return html`<label
        >Ends<select class="field" name="ends" @change=${choose}>
          <option value="">When someone ${this.question?.tiers ? 'resets' : 'resumes'} it</option>
          <option value="30">In 30 min</option>
          <option value="60">In 1 h</option>
          <option value="240">In 4 h</option>
          <option value="tomorrow">Tomorrow 08:00</option>
          <option value="time">Choose a time</option>
        </select></label
      >${
        this.ends === 'time'
          ? html`<label>Time<input class="field" name="time" type="datetime-local" required /></label>`
          : nothing
      }`;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.renderRoot.querySelector('form')?.requestSubmit();
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    const { question } = this;
    if (!question || this.isBusy) return;
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    this.isBusy = true;
    this.problem = '';
    try {
      await question.act({
        reason: text('reason').trim(),
        // From when it is sent: the dialog may have been open for a while.
        until: this.#until(text('time'), question.now + Date.now() - this.#askedAt),
        tier: Number(text('tier')),
        name: text('name'),
      });
      // It may have been closed meanwhile, and another question asked.
      if (question === this.question) this.#close();
    } catch (error) {
      if (question !== this.question) return;
      this.problem = messageOf(error);
      this.isBusy = false;
    }
  }

  #until(time: string, now: number): number | undefined {
    if (this.ends === '') return undefined;
    if (this.ends === 'tomorrow') return tomorrowAt(8, now);
    return this.ends === 'time' ? new Date(time).getTime() : now + Number(this.ends) * MINUTE;
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }

  #closed(): void {
    this.question = undefined;
    this.#focusBefore?.focus();
  }
}

/** What has the focus, inside shadow roots too. */
function deepActive(): HTMLElement | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active as HTMLElement | null;
}
