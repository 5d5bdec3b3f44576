/** Asked for more instances than these, a process hears of all: one pattern costs less than so many channels. */
const MOST_INSTANCES = 10_000;
/**
 * A request waits at most so long until its instance is listened to, in milliseconds. Later than that, the instance is
 * reported as soon as it is: it may have changed unnoticed in between.
 */
const PATIENCE_MS = 50;

/** Tells a connection which instances it has to report commits of. */
export interface InstanceSelection {
  /** Adds some, by their keys. Resolves once their commits are reported. */
  add(keys: readonly string[]): Promise<unknown>;
  /** All instances, or again those alone that were added. Resolves once it is so. */
  setAll(all: boolean): Promise<unknown>;
}

/** One connection, from when it listens until it is lost. */
interface Session {
  readonly selection: InstanceSelection;
  readonly lost: () => void;
  /** What the requests of a key wait for. */
  readonly waiting: Map<string, Promise<void>>;
  /** Commits of all instances were asked for. */
  all: Promise<unknown> | undefined;
  /** And are reported. */
  hearsAll: boolean;
}

/** The instances that a store was asked for: it has to report every commit of these. */
export class AskedInstances {
  readonly #facts: { report: (key: string) => void; onHearsAll: () => void };
  /** Never shortened: whoever has read an instance relies on hearing of it, also after it was forgotten. */
  readonly #keys = new Set<string>();
  #areTooMany = false;
  #isAllWanted = false;
  #session: Session | undefined;

  constructor(facts: {
    /** Called with a key that may have changed unnoticed. */
    report: (key: string) => void;
    /** Called when commits of all instances begin to be reported. */
    onHearsAll: () => void;
  }) {
    this.#facts = facts;
  }

  /** Commits of all instances are reported: so they are by a connection that does not select. */
  get hearsAll(): boolean {
    return this.#session?.hearsAll ?? true;
  }

  /** A request for this key is about to be made. Resolves once what is committed after its answer is reported. */
  add(key: string): Promise<void> | undefined {
    if (!key.startsWith('instance:')) return undefined;
    const session = this.#session;
    if (this.#keys.has(key)) return session?.waiting.get(key);
    if (this.#keys.size === MOST_INSTANCES) this.#areTooMany = true;
    else this.#keys.add(key);
    if (!session) return undefined;
    if (!this.#areTooMany) return this.#wait(session, key, session.selection.add([key]));
    const all = this.#followAll(session);
    return session.hearsAll ? undefined : this.#wait(session, key, all);
  }

  /** Does anybody want to hear of the others, too? */
  wantAll(isWanted: boolean): void {
    this.#isAllWanted = isWanted;
    if (this.#session) void this.#followAll(this.#session);
  }

  /** A connection begins to listen. Resolves once it reports all that it has to. */
  async begin(selection: InstanceSelection, lost: () => void): Promise<void> {
    const session: Session = { selection, lost, waiting: new Map(), all: undefined, hearsAll: false };
    this.#session = session;
    const keys = this.#areTooMany ? [] : [...this.#keys];
    await Promise.all([keys.length > 0 && selection.add(keys), this.#followAll(session)]);
  }

  /** The connection is gone. */
  end(): void {
    this.#session = undefined;
  }

  clear(): void {
    this.#keys.clear();
    this.#areTooMany = false;
  }

  /** What resolves once commits of all instances are reported; `undefined` where they need not be. */
  #followAll(session: Session): Promise<unknown> | undefined {
    const isWanted = this.#isAllWanted || this.#areTooMany;
    if (isWanted === (session.all !== undefined)) return session.all;
    session.hearsAll = false;
    const request = session.selection.setAll(isWanted);
    session.all = isWanted ? request : undefined;
    request.then(() => {
      if (session.all !== request) return;
      session.hearsAll = true;
      this.#facts.onHearsAll();
    }, session.lost);
    return session.all;
  }

  #wait({ waiting, lost }: Session, key: string, listened: Promise<unknown> | undefined): Promise<void> {
    let isLate = false;
    const waited = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        isLate = true;
        resolve();
      }, PATIENCE_MS);
      const end = () => {
        clearTimeout(timer);
        waiting.delete(key);
        resolve();
      };
      Promise.resolve(listened).then(
        () => {
          end();
          if (isLate) this.#facts.report(key);
        },
        () => {
          end();
          lost();
        },
      );
    });
    waiting.set(key, waited);
    return waited;
  }
}
