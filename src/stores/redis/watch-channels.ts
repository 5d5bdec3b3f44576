import { decodeKey, encodeKey, readNotification } from '../keys.js';
import type { Subscription, SubscriptionListener } from '../watch-hub.js';
import type { RedisConnection } from './client.js';

/**
 * The channel that commits of a key are published on. Each instance has one of its own, since its commits concern
 * nobody but those who serve it; all other keys share one.
 */
export function channelOf(prefix: string, encodedKey: string): string {
  return encodedKey.startsWith('instance:') ? `${prefix}watch:${encodedKey}` : `${prefix}watch`;
}

/** Listens to the channel that all share, and to those of the instances that are selected. */
export function openWatch(connection: RedisConnection, prefix: string, listener: SubscriptionListener): Subscription {
  const shared = `${prefix}watch`;
  // The pattern that a user of the server is allowed with `&prefix*`: no narrower one would be.
  const everything = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
  /** Every message comes by the pattern, also those that come by their channel. */
  let isMatching = false;
  let turns = 0;

  function report(text: string): void {
    const { id, version } = readNotification(text);
    listener.message(decodeKey(id), version);
  }

  const channels = connection.listen({
    ready() {
      channels.subscribe([shared]).then(
        () => listener.live({ add, setAll }),
        () => listener.lost(),
      );
    },
    message(text) {
      if (!isMatching) report(text);
    },
    matched(channel, text) {
      // Another prefix may begin with this one.
      if (channel === shared || channel.startsWith(`${shared}:`)) report(text);
    },
    lost: () => listener.lost(),
  });

  async function add(keys: readonly string[]): Promise<void> {
    await channels.subscribe(keys.map((key) => channelOf(prefix, encodeKey(key))));
  }

  async function setAll(all: boolean): Promise<void> {
    const turn = ++turns;
    isMatching = false;
    if (!all) return void (await channels.unsubscribePattern(everything));
    await channels.subscribePattern(everything);
    // Where it was turned off and on meanwhile, this answer is about the first time.
    isMatching = turn === turns;
  }

  return { ping: () => channels.ping(), close: () => channels.close() };
}
