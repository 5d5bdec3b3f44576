import type { WatchOptions, WatchStatus } from '../ports/state-store.js';
import { AskedInstances, type InstanceSelection } from './asked-instances.js';

/**
 * Keys remembered for catching up after a break: at least so many, and at most twice as many, of the last ones used.
 */
const KNOWN_KEYS = 10_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5000;
/** A connection that has not begun to listen by then is given up. */
const OPENING_MS = 5000;

/** A connection that listens. */
export interface Subscription {
  /** Resolves while the connection works. */
  ping(): Promise<unknown>;
  close(): void;
}

export interface SubscriptionListener {
  /** A commit was reported; `version` is the one it made, where that is known. */
  message(key: string, version?: number): void;
  /**
   * Listening has begun: every commit from now on is reported. With a selection, of instances only those are that it
   * asks for.
   */
  live(selection?: InstanceSelection): void;
  /** The connection is broken. May be called more than once. */
  lost(): void;
}

export interface WatchHub {
  watch(listener: WatchListener, status?: WatchStatus, options?: WatchOptions): () => void;
  /** Remembers a key before a request for it. Resolves once what is committed after the answer is reported. */
  know(key: string): Promise<void> | undefined;
  close(): void;
}

export interface WatchHubOptions {
  /** A connection that cannot be made is reported through `lost`, or by throwing. */
  open(listener: SubscriptionListener): Subscription;
  /** Time between two pings, in milliseconds; a connection is dead when one is not answered before the next is due. */
  heartbeatMs: number;
}

type WatchListener = (key: string, version?: number) => void;

interface Watcher {
  listener: WatchListener;
  status: WatchStatus | undefined;
  /** It wants to hear of instances, too, that the store was not asked for. */
  wantsAll: boolean;
  isLive: boolean;
}

/**
 * Shares one listening connection among all watchers of a store. Notices a dead connection by a heartbeat, opens
 * another after growing waits, and then reports every known key, since any of them may have changed unnoticed.
 */
export function createWatchHub(options: WatchHubOptions): WatchHub {
  const watchers = new Set<Watcher>();
  // Two sets instead of one in the order of use: a key that is used again costs no more than a look.
  let recent = new Set<string>();
  let older = new Set<string>();
  let session: { close(): void } | undefined;
  let isLive = false;
  let retryMs = FIRST_RETRY_MS;
  const asked = new AskedInstances({ report: notify, onHearsAll: tellStatus });

  function setLive(live: boolean): void {
    isLive = live;
    tellStatus();
  }

  function isLiveFor({ wantsAll }: Watcher): boolean {
    return isLive && (!wantsAll || asked.hearsAll);
  }

  /** Tells watchers that have begun or ceased to hear of every commit; the former also what may have changed before. */
  function tellStatus(): void {
    const begun: Watcher[] = [];
    for (const watcher of watchers) {
      const live = isLiveFor(watcher);
      if (live === watcher.isLive) continue;
      watcher.isLive = live;
      contain(() => watcher.status?.(live));
      if (live) begun.push(watcher);
    }
    // A copy: a listener that reads at once makes its key one of `recent`.
    const keys = begun.length > 0 ? new Set([...older, ...recent]) : [];
    for (const key of keys) {
      for (const watcher of begun) if (watchers.has(watcher)) contain(() => watcher.listener(key));
    }
  }

  /** The watchers are others than before. */
  function watchersChanged(): void {
    asked.wantAll([...watchers].some(({ wantsAll }) => wantsAll));
  }

  function notify(key: string, version?: number): void {
    for (const { listener } of watchers) contain(() => listener(key, version));
  }

  function start(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    let isListening = false;
    let isAnswered = true;
    let subscription: Subscription | undefined;

    function later(delayMs: number, action: () => void): void {
      clearTimeout(timer);
      timer = setTimeout(action, delayMs);
      // A watch is no reason for a process to go on living.
      (timer as { unref?: () => void }).unref?.();
    }
    function end(): void {
      isOver = true;
      asked.end();
      clearTimeout(timer);
      contain(() => subscription?.close());
    }
    function lost(): void {
      if (isOver) return;
      end();
      setLive(false);
      const delayMs = retryMs * (0.5 + Math.random() / 2);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
      later(delayMs, start);
    }
    function begin(): void {
      if (isOver) return;
      retryMs = FIRST_RETRY_MS;
      later(options.heartbeatMs, beat);
      setLive(true);
    }
    function beat(): void {
      if (!isAnswered) return lost();
      isAnswered = false;
      subscription?.ping().then(() => void (isAnswered = true), lost);
      later(options.heartbeatMs, beat);
    }

    session = {
      close() {
        end();
        clearTimeout(timer);
      },
    };
    later(OPENING_MS, lost);
    try {
      subscription = options.open({
        message: (key, version) => {
          if (!isOver) notify(key, version);
        },
        live: (selection) => {
          if (isOver || isListening) return;
          isListening = true;
          if (!selection) return begin();
          asked.begin(selection, lost).then(begin, lost);
        },
        lost,
      });
      if (isOver) subscription.close();
    } catch {
      lost();
    }
  }

  function stop(): void {
    session?.close();
    session = undefined;
    isLive = false;
  }

  return {
    watch(listener, status, { instances } = {}) {
      const watcher: Watcher = { listener, status, wantsAll: instances !== 'asked', isLive: false };
      watchers.add(watcher);
      watchersChanged();
      watcher.isLive = isLiveFor(watcher);
      contain(() => status?.(watcher.isLive));
      if (!session) start();
      return () => {
        if (!watchers.delete(watcher)) return;
        if (watchers.size === 0) stop();
        watchersChanged();
      };
    },
    know(key) {
      recent.add(key);
      if (recent.size >= KNOWN_KEYS) {
        older = recent;
        recent = new Set();
      }
      return asked.add(key);
    },
    close() {
      setLive(false);
      watchers.clear();
      recent.clear();
      older.clear();
      asked.clear();
      stop();
    },
  };
}

function contain(action: () => void): void {
  try {
    action();
  } catch {
    // An error of one watcher must reach neither the others nor the connection.
  }
}
