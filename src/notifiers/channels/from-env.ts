import type { Notifier } from '../../ports/notifier.js';
import { ConfigError } from '../../core/errors.js';
import type { HttpNotifierOptions } from '../notifier-options.js';
import { debugTo, refuse } from '../notifier-options.js';
import { createSlackNotifier } from './slack.js';
import { createTelegramNotifier } from './telegram.js';
import { createWebhookNotifier } from './webhook.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options for every notifier made; a variable that is set outranks them. */
export type FromEnvOptions = Omit<HttpNotifierOptions, 'name'>;

/** Which variables one channel needs, and which option each one gives. */
interface ChannelVariables {
  readonly channel: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly create: (values: Readonly<Record<string, string>>, options: HttpNotifierOptions) => Notifier;
}

const channels: readonly ChannelVariables[] = [
  {
    channel: 'telegram',
    variables: { token: 'TIERFALL_TELEGRAM_BOT_TOKEN', chatId: 'TIERFALL_TELEGRAM_CHAT_ID' },
    create: ({ token = '', chatId = '' }, options) => createTelegramNotifier({ ...options, token, chatId }),
  },
  {
    channel: 'slack',
    variables: { webhookUrl: 'TIERFALL_SLACK_WEBHOOK_URL' },
    create: ({ webhookUrl = '' }, options) => createSlackNotifier({ ...options, webhookUrl }),
  },
  {
    channel: 'webhook',
    variables: { url: 'TIERFALL_WEBHOOK_URL', secret: 'TIERFALL_WEBHOOK_SECRET' },
    create: ({ url = '', secret = '' }, options) => createWebhookNotifier({ ...options, url, secret }),
  },
];

/**
 * The notifiers whose variables are set: `TIERFALL_TELEGRAM_BOT_TOKEN` with `TIERFALL_TELEGRAM_CHAT_ID`,
 * `TIERFALL_SLACK_WEBHOOK_URL`, `TIERFALL_WEBHOOK_URL` with `TIERFALL_WEBHOOK_SECRET`. None when none are; with
 * `TIERFALL_ALERT_DEBUG=1` that is said once, on `options.logger` or the console, and so is which channel is only half
 * configured, and so are debug lines. `TIERFALL_ALERT_THROTTLE_SECONDS` is the throttle. Throws `ConfigError` naming
 * the variable that is invalid.
 */
export function notifiersFromEnv(env: Environment = processEnvironment(), options: FromEnvOptions = {}): Notifier[] {
  if (typeof env !== 'object' || env === null) refuse('env', 'must be an object of variables, e.g. process.env');
  if (typeof options !== 'object' || options === null) refuse('options', 'must be an object');
  const logger = readDebug(env) ? (options.logger ?? globalThis.console) : options.logger;
  const throttleMs = readThrottle(env) ?? options.throttleMs;
  const shared = { ...options, ...(logger && { logger }), ...(throttleMs !== undefined && { throttleMs }) };

  const missing: string[] = [];
  const half: string[] = [];
  const notifiers = channels.flatMap(({ channel, variables, create }) => {
    const values = Object.fromEntries(
      Object.entries(variables).map(([option, name]) => [option, read(env, name) ?? '']),
    );
    const unset = Object.entries(variables).filter(([option]) => values[option] === '');
    if (unset.length === 0) return [naming(variables, () => create(values, shared))];
    const names = unset.map(([, name]) => name).join(' and ');
    missing.push(names);
    if (unset.length < Object.keys(variables).length) half.push(`tierfall: ${channel} is left out; set ${names}, too`);
    return [];
  });
  if (readDebug(env)) {
    const nobody = `tierfall: no notifier is configured, nobody will be told; set ${missing.join(', or ')}`;
    for (const line of notifiers.length === 0 ? [nobody] : half) debugTo(logger)(line);
  }
  return notifiers;
}

/** Runs `create`; an option it refuses is reported under the name of its variable. */
function naming(variables: Readonly<Record<string, string>>, create: () => Notifier): Notifier {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.issues.map(({ path, message }) => ({ path: variables[path] ?? path, message })));
  }
}

function readThrottle(env: Environment): number | undefined {
  const name = 'TIERFALL_ALERT_THROTTLE_SECONDS';
  const text = read(env, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,7}$/.test(text) || Number(text) > 2_147_483) {
    refuse(name, 'must be a whole number of seconds from 0 to 2147483');
  }
  return Number(text) * 1000;
}

function readDebug(env: Environment): boolean {
  const name = 'TIERFALL_ALERT_DEBUG';
  const text = read(env, name)?.toLowerCase();
  if (text === undefined || ['0', 'false', 'no', 'off'].includes(text)) return false;
  if (['1', 'true', 'yes', 'on'].includes(text)) return true;
  return refuse(name, 'must be 1 or 0');
}

/** An empty variable counts as unset: shells and compose files have no other way to say it. */
function read(env: Environment, name: string): string | undefined {
  // The bindings of a worker may hold a chat's id as a number, or a flag as what it is.
  const value: unknown = env[name] ?? '';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    refuse(name, 'must be a string');
  }
  const text = String(value).trim();
  return text === '' ? undefined : text;
}

/** Nothing where there is no `process`: a worker or a browser hands its variables in. */
function processEnvironment(): Environment {
  return globalThis.process?.env ?? {};
}
