import type { Notifier, NotifierConnection, NotifierStateChange } from '../../src/ports/notifier.js';
import type { ManualClock } from '../../src/testing/manual-clock.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

/** A host that attaches one notifier, as a failover does. */
export interface TestHost extends NotifierConnection {
  readonly clock: ManualClock;
  /** Every change of the notifier's health. */
  readonly changes: NotifierStateChange[];
}

export function attach(
  notifier: Notifier,
  clock: ManualClock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) }),
): TestHost {
  const changes: NotifierStateChange[] = [];
  const connection = notifier.attach({ clock, onStateChange: (change) => changes.push(change) });
  return { ...connection, clock, changes };
}

/** A notifier that only records the names of the events it gets, and when it is closed. */
export function recordingNotifier(name = 'recording'): Notifier & { readonly got: string[] } {
  const got: string[] = [];
  return {
    name,
    got,
    attach: () => ({ notify: ({ event }) => void got.push(event), close: async () => void got.push('closed') }),
  };
}

export function boom(): never {
  throw new Error('boom');
}

/** A `fetch` that answers at once, and what it was asked. */
export interface FakeFetch {
  readonly fetch: typeof globalThis.fetch;
  readonly sent: { url: string; body: Record<string, unknown>; headers: Headers; at: number }[];
}

/** `answer` is asked for each request; without one every request succeeds. */
export function fakeFetch(clock: ManualClock, answer: (turn: number) => Response = () => sentByTelegram()): FakeFetch {
  const sent: FakeFetch['sent'] = [];
  return {
    sent,
    fetch: async (url, init) => {
      const body: Record<string, unknown> = JSON.parse(typeof init?.body === 'string' ? init.body : '');
      sent.push({ url: new Request(url).url, body, headers: new Headers(init?.headers), at: clock.now() });
      return answer(sent.length - 1);
    },
  };
}

export function sentByTelegram(): Response {
  return Response.json({ ok: true, result: {} });
}
