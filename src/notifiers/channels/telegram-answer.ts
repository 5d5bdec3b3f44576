import type { Remedy } from '../delivery/channel-error.js';
import type { ChannelAnswer } from './post-json.js';
import { isRedirect } from './post-json.js';

/** What Telegram answered, see https://core.telegram.org/bots/api#making-requests and #responseparameters. */
export interface TelegramAnswer {
  ok: boolean;
  status: number;
  description: string;
  remedy: Remedy;
  retryAfterMs: number | undefined;
  /** The message's markup was refused. */
  cannotParse: boolean;
  /** Id of the supergroup that replaced the group. */
  movedTo: number | undefined;
}

export function parseTelegramAnswer({ status, text, retryAfterMs }: ChannelAnswer): TelegramAnswer {
  const body = parseJson(text);
  const parameters = field(body, 'parameters');
  const said = field(body, 'description');
  const description = typeof said === 'string' ? said : '';
  const seconds = field(parameters, 'retry_after');
  const movedTo = field(parameters, 'migrate_to_chat_id');
  return {
    ok: status === 200 && field(body, 'ok') === true,
    status,
    description,
    remedy: remedyOf(status),
    retryAfterMs: isWait(seconds) ? seconds * 1000 : retryAfterMs,
    cannotParse: status === 400 && /can't parse|parse entities|entit(?:y|ies)/i.test(description),
    movedTo: typeof movedTo === 'number' && Number.isSafeInteger(movedTo) ? movedTo : undefined,
  };
}

function remedyOf(status: number): Remedy {
  // 401 and 404: no such bot; 403: blocked or not a member; a redirect: no Bot API. Only a person can fix these.
  if (isRedirect(status) || status === 401 || status === 403 || status === 404) return 'later';
  if (status === 429 || status >= 500 || status === 408 || status === 200) return 'soon';
  return 'never';
}

function isWait(seconds: unknown): seconds is number {
  return typeof seconds === 'number' && seconds >= 0 && seconds <= 10_000_000;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or half an answer.
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
