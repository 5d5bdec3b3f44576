import type { WatchStatus } from '../ports/state-store.js';

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
  /** Listening has begun: every commit from now on is reported. */
  live(): void;
  /** The connection is broken. May be called more than once. */
  lost(): void;
}

export interface WatchHub {
  watch(listener: WatchListener, status?: WatchStatus): () => void;
  /** Remembers a key that was asked for. */
  know(key: string): void;
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

  function setLive(live: boolean): void {
    if (live === isLive) return;
    isLive = live;
    for (const { status } of watchers) contain(() => status?.(live));
    // A copy: a listener that reads at once makes its key one of `recent`.
    const keys = live ? new Set([...older, ...recent]) : [];
    for (const key of keys) notify(key);
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
        live: () => {
          if (isOver || isListening) return;
          isListening = true;
          retryMs = FIRST_RETRY_MS;
          later(options.heartbeatMs, beat);
          setLive(true);
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
    watch(listener, status) {
      const watcher = { listener, status };
      watchers.add(watcher);
      contain(() => status?.(isLive));
      if (!session) start();
      return () => {
        if (watchers.delete(watcher) && watchers.size === 0) stop();
      };
    },
    know(key) {
      recent.add(key);
      if (recent.size < KNOWN_KEYS) return;
      older = recent;
      recent = new Set();
    },
    close() {
      setLive(false);
      watchers.clear();
      recent.clear();
      older.clear();
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
