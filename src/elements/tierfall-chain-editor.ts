import { html, type PropertyDeclarations, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { messageOf, Refusal } from './data/client.js';
import { readConfig, type Live } from './data/live.js';
import type { ConfigAnswer } from './data/types.js';
import { changesOf, triggerName, type Change } from './editor/changes.js';
import { changesPanel } from './editor/changes-panel.js';
import {
  configOf,
  draftOf,
  editedSince,
  newTier,
  rebase,
  type Conflicts,
  type Draft,
  type DraftTier,
} from './editor/draft.js';
import { editorStyles } from './editor/editor-styles.js';
import { policyFields } from './editor/policy-fields.js';
import { fieldProblem, problemsOf, type FieldProblem } from './editor/problems.js';
import { tierRow } from './editor/tier-row.js';
import { badgeStyles, tierBadgeOf } from './parts/badge.js';
import { icon } from './parts/icons.js';
import { showToast } from './parts/toasts.js';
import { base } from './styles/base.js';
import { tokens } from './styles/tokens.js';
import { TierfallElement } from './tierfall-element.js';

type Config = ConfigAnswer & { etag: string };

/** `<tierfall-chain-editor base-url="/ops">`: the chain and its policy, what will change, and saving it for all. */
export class TierfallChainEditor extends TierfallElement {
  static override styles = [tokens, base, badgeStyles, editorStyles];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    readOnly: { type: Boolean, attribute: 'read-only' },
    draft: { state: true },
    touched: { state: true },
    refused: { state: true },
    isSaving: { state: true },
    announced: { state: true },
  };

  /** The chain as text, whatever the token may do. */
  declare readOnly: boolean;
  declare draft: Draft | undefined;
  /** Fields that were left once: their problems are shown. */
  declare touched: ReadonlySet<string>;
  /** What the server said of the last try. */
  declare refused: readonly FieldProblem[];
  declare isSaving: boolean;
  declare announced: string;
  /** The version the draft began from. */
  #from: Config | undefined;
  #conflicts: Conflicts = {};
  /** The newer version that a draft with changes was put on top of. */
  #newer: Config | undefined;
  /** What the other one changed, where it is shown. */
  #theirs: Change[] = [];
  #before: Config | undefined;
  #dragged: number | undefined;

  constructor() {
    super();
    this.readOnly = false;
    this.draft = undefined;
    this.touched = new Set();
    this.refused = [];
    this.isSaving = false;
    this.announced = '';
  }

  /** There are changes that are not saved. */
  get isChanged(): boolean {
    const { draft } = this;
    return draft !== undefined && this.#from !== undefined && changesOf(draft, this.#from, undefined).length > 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('beforeunload', this.#leaving);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('beforeunload', this.#leaving);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed);
    const config = this.data?.config.value;
    if (!config || config.etag === this.#from?.etag) return;
    this.#takeVersion(config);
  }

  /** A version was read: the draft begins from it, or is put on top of it where something was changed. */
  #takeVersion(config: Config): void {
    if (this.draft && this.#from && this.isChanged) {
      const { draft, conflicts } = rebase(this.draft, this.#from, config);
      this.draft = draft;
      this.#conflicts = conflicts;
      this.#newer = config;
      this.#before ??= this.#from;
      this.#theirs = [];
    } else {
      this.draft = draftOf(config);
      this.#forgetNewer();
    }
    this.#from = config;
    this.refused = [];
  }

  override render(): TemplateResult {
    const live = this.data;
    const { draft } = this;
    const from = this.#from;
    if (!live || !draft || !from) {
      const problem = live?.config.problem ?? '';
      return html`<section class="panel" aria-label="Chain">
        ${
          problem === ''
            ? html`<p class="note dim">Loading</p>`
            : html`<p class="note problem" role="alert">
              ${icon('alarm')}${problem} <button class="link" @click=${() => live?.loadConfig()}>Try again</button>
            </p>`
        }
      </section>`;
    }
    if (this.readOnly || !live.may('configure')) return this.#plain(from);
    const problems = problemsOf(draft, from);
    const shown = [
      ...problems.filter(({ field }) => this.touched.has(field) || this.touched.has('*')),
      ...this.refused,
    ];
    const agents = live.isComplete ? [...live.agents.values()] : undefined;
    return html`<div class="columns" @keydown=${(event: KeyboardEvent) => this.#key(event)}>
      <form @submit=${(event: Event) => event.preventDefault()} novalidate>
        <section class="panel" aria-label="Tiers">
          <div class="panel-head">
            <h2>Tiers</h2>
            <span class="small faint">best first</span>
            <button type="button" class="button push" @click=${() => this.#add()}>${icon('plus')}Add tier</button>
          </div>
          <div class="tier-head" aria-hidden="true">
            <span></span><span></span><span>Provider</span><span>Model</span><span>Credential</span
            ><span class="number-field">Context tokens</span><span></span>
          </div>
          ${repeat(
            draft.tiers,
            ({ key }) => key,
            (tier) => tierRow({ tier, draft, from, problems: shown, ...this.#rowActions(tier.key) }),
          )}
          ${shown
            .filter(({ field }) => field === 'all')
            .map(
              ({ message }) => html`<p
            class="note problem">${icon('alarm')}${message}</p>`,
            )}
        </section>
        <section class="panel" aria-label="Policy">
          ${policyFields({
            draft,
            from,
            problems: shown,
            conflicts: this.#conflicts,
            by: this.#newer?.by ?? null,
            change: (next) => this.#change(next),
            touch: (field) => this.#touch(field),
          })}
        </section>
        ${this.#suggestions(live, from)}
      </form>
      ${changesPanel({
        changes: changesOf(draft, from, agents),
        problems: [...problems, ...this.refused],
        from,
        newer: this.#newer,
        isSaving: this.isSaving,
        save: () => void this.save(),
        discard: () => this.#discard(),
        theirs: this.#theirs,
        showTheirs: () => this.#showTheirs(),
        goTo: (problem) => void this.#goTo(problem),
        now: this.now,
      })}
      <p class="hidden" role="status">${this.announced}</p>
    </div>`;
  }

  /** Saves the draft, or goes to the first problem. */
  async save(): Promise<void> {
    const live = this.data;
    const from = this.#from;
    const { draft } = this;
    if (!live || !from || !draft || this.isSaving) return;
    const [problem] = problemsOf(draft, from);
    this.touched = new Set(['*']);
    if (problem) return this.#goTo(problem);
    if (!this.isChanged) return;
    this.isSaving = true;
    this.refused = [];
    try {
      const body = configOf(draft, from);
      const response = await live.client.fetch('/config', { method: 'PUT', body, headers: { 'if-match': from.etag } });
      const saved = await readConfig(response);
      live.config = { value: saved, isAbsent: false, problem: '' };
      // The stream may have brought this very version before the answer came: it is no newer one of somebody else's.
      this.#forgetNewer();
      this.#from = saved;
      this.draft = editedSince(draft, this.draft!) ?? draftOf(saved);
      this.touched = new Set();
      live.changed();
      showToast(`Chain saved as version ${saved.version}.`, { theme: this.theme });
    } catch (error) {
      await this.#notSaved(error, live, draft);
    }
    this.isSaving = false;
  }

  async #notSaved(error: unknown, live: Live, draft: Draft): Promise<void> {
    if (error instanceof Refusal && error.status === 412) {
      // The notice says who; the changes are shown against the new version.
      await live.loadConfig();
      return;
    }
    if (error instanceof Refusal && error.issues.length > 0) {
      this.refused = error.issues.map((issue) => fieldProblem(issue, draft));
      return;
    }
    this.refused = [{ field: 'all', place: 'saving', message: messageOf(error) }];
  }

  #plain(from: Config): TemplateResult {
    const { chain, policy } = from;
    return html`<section class="panel plain" aria-label="Chain">
      <div class="panel-head"><h2>Tiers</h2><span class="small faint">best first, version ${from.version}</span></div>
      <ol>
        ${chain.map(
          ({ provider, model, credential, contextTokens }, index) => html`<li>
            ${tierBadgeOf(index)}<span class="cut">${provider}/${model}</span>
            <span class="push small faint">${[credential, contextTokens === undefined ? '' : `${contextTokens} tokens`]
              .filter(Boolean)
              .join(', ')}</span>
          </li>`,
        )}
      </ol>
      <p class="note small dim">
        Steps down for ${policy.triggers.map((kind) => triggerName(kind).toLowerCase()).join(', ')}. When no tier is
          left: ${policy.onExhausted}.
      </p>
    </section>`;
  }

  #rowActions(key: number) {
    return {
      change: (field: 'provider' | 'model' | 'credential' | 'contextTokens' | 'order', value: string) => {
        const edited = this.#tiers.find((tier) => tier.key === key)!;
        // The keys of one model have one order: it is chosen at the first of them.
        const isMeant = ({ provider, model, ...tier }: DraftTier) =>
          field === 'order' ? provider === edited.provider && model === edited.model : tier.key === key;
        const next = this.#tiers.map((tier) => (isMeant(tier) ? { ...tier, [field]: value } : tier));
        this.refused = this.refused.filter((problem) => problem.field !== `tier:${key}:${field}`);
        this.#change({ tiers: next });
      },
      touch: (field: string) => this.#touch(`tier:${key}:${field}`),
      remove: (isRemoved: boolean) => {
        const next = this.#tiers.flatMap((tier) => {
          if (tier.key !== key) return [tier];
          return tier.origin === null ? [] : [{ ...tier, isRemoved }];
        });
        this.#change({ tiers: next });
      },
      move: (by: number) => this.#move(key, by),
      drag: () => {
        this.#dragged = key;
      },
      drop: () => this.#drop(key),
    };
  }

  /** The tiers of the draft; what changes them is drawn with a draft only. */
  get #tiers(): DraftTier[] {
    return this.draft!.tiers;
  }

  #change(part: Partial<Draft>): void {
    this.draft = { ...this.draft!, ...part };
  }

  #touch(field: string): void {
    this.touched = new Set([...this.touched, field]);
  }

  async #add(): Promise<void> {
    const tier = newTier();
    this.#change({ tiers: [...this.#tiers, tier] });
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`[name="tier:${tier.key}:provider"]`)?.focus();
  }

  #move(key: number, by: number): void {
    const tiers = [...this.#tiers];
    const at = tiers.findIndex((tier) => tier.key === key);
    const to = at + by;
    const tier = tiers[at];
    if (!tier || to < 0 || to >= tiers.length) return;
    tiers.splice(at, 1);
    tiers.splice(to, 0, tier);
    // A field that is moved with its tier loses the focus on the way: the next key would move nothing.
    const focused = this.shadowRoot!.activeElement as HTMLElement | null;
    this.#change({ tiers });
    void this.updateComplete.then(() => focused?.focus());
    this.announced = `Tier ${at + 1}, now tier ${to + 1} of ${tiers.length}`;
  }

  #drop(onto: number): void {
    const from = this.#tiers.find(({ key }) => key === this.#dragged);
    const placeOf = (wanted: number) => this.#tiers.findIndex(({ key }) => key === wanted);
    // Something else may be dropped on a tier, a file for example.
    if (from) this.#move(from.key, placeOf(onto) - placeOf(from.key));
    this.#dragged = undefined;
  }

  #discard(): void {
    // What is on its way cannot be taken back.
    if (this.isSaving) return;
    this.draft = draftOf(this.#from!);
    this.touched = new Set();
    this.refused = [];
    this.#forgetNewer();
    this.requestUpdate();
  }

  #forgetNewer(): void {
    this.#newer = undefined;
    this.#before = undefined;
    this.#theirs = [];
    this.#conflicts = {};
  }

  #showTheirs(): void {
    this.#theirs = changesOf(draftOf(this.#newer!), this.#before!, undefined);
    this.requestUpdate();
  }

  async #goTo({ field }: FieldProblem): Promise<void> {
    this.#touch(field);
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`[name="${field}"]`)?.focus();
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 's' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.save();
    }
  }

  readonly #leaving = (event: BeforeUnloadEvent): void => {
    if (this.isChanged) event.preventDefault();
  };

  /** Names from this chain and from what agents use. */
  #suggestions(live: Live, { chain }: Config): TemplateResult {
    const providers = new Set(chain.map(({ provider }) => provider));
    const models = new Set(chain.map(({ model }) => model));
    for (const { tiers } of [...live.agents.values()].slice(0, 200)) {
      for (const { id } of tiers) {
        const slash = id.indexOf('/');
        providers.add(id.slice(0, slash));
        models.add(id.slice(slash + 1));
      }
    }
    const list = (id: string, values: Iterable<string>) =>
      html`<datalist id=${id}>${[...values].map((value) => html`<option value=${value}></option>`)}</datalist>`;
    return html`${list('providers', providers)}${list('models', models)}`;
  }
}
