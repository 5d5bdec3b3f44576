import type { Notifier } from '../../ports/notifier.js';
import { ConfigError, configError } from '../../core/errors.js';
import type { HttpNotifierOptions } from '../notifier-options.js';
import { checkOptions, commonOptionNames, debugTo } from '../notifier-options.js';
import { MAX_TIMER_MS } from '../time/is-clock.js';
import { createSlackNotifier } from './slack.js';
import { createTelegramNotifier } from './telegram.js';
import { createWebhookNotifier } from './webhook.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options for every notifier that is created; a variable that is set takes precedence. */
export type FromEnvOptions = Omit<HttpNotifierOptions, 'name'>;

/** The variables that one channel needs, by the option that each one sets. */
interface ChannelVariables {
  readonly channel: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly create: (values: Readonly<Record<string, string>>, options: HttpNotifierOptions) => Notifier;
}

/** `name` is missing: one name for several notifiers would not tell them apart. */
const optionNames = ['fetch', ...commonOptionNames.filter((option) => option !== 'name')];

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
 * `TIERFALL_SLACK_WEBHOOK_URL`, `TIERFALL_WEBHOOK_URL` with `TIERFALL_WEBHOOK_SECRET`. An empty list where none are
 * set. `TIERFALL_ALERT_THROTTLE_SECONDS` sets the throttle. With `TIERFALL_ALERT_DEBUG=1` debug lines go to
 * `options.logger` or the console, among them one that says that no channel, or only half of one, is configured.
 *
 * @throws {ConfigError} naming the variable that is invalid, or the option that is unknown or wrong
 */
export function notifiersFromEnv(env: Environment = processEnvironment(), options: FromEnvOptions = {}): Notifier[] {
  if (typeof env !== 'object' || env === null)
    throw configError('env', 'must be an object of variables, e.g. process.env');
  checkOptions(options, optionNames);
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
    const none = `tierfall: no notifier is configured, nobody will be told; set ${missing.join(', or ')}`;
    for (const line of notifiers.length === 0 ? [none] : half) debugTo(logger)(line);
  }
  return notifiers;
}

/** Runs `create`; an option that it rejects is reported under the name of its variable. */
function naming(variables: Readonly<Record<string, string>>, create: () => Notifier): Notifier {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.issues.map(({ path, message }) => ({ path: variables[path] ?? path, message })));
  }
}

const MAX_THROTTLE_SECONDS = Math.floor(MAX_TIMER_MS / 1000);

function readThrottle(env: Environment): number | undefined {
  const name = 'TIERFALL_ALERT_THROTTLE_SECONDS';
  const text = read(env, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,7}$/.test(text) || Number(text) > MAX_THROTTLE_SECONDS) {
    throw configError(name, `must be a whole number of seconds from 0 to ${MAX_THROTTLE_SECONDS}`);
  }
  return Number(text) * 1000;
}

function readDebug(env: Environment): boolean {
  const name = 'TIERFALL_ALERT_DEBUG';
  const text = read(env, name)?.toLowerCase();
  if (text === undefined || ['0', 'false', 'no', 'off'].includes(text)) return false;
  if (['1', 'true', 'yes', 'on'].includes(text)) return true;
  throw configError(name, 'must be 1 or 0');
}

/** An empty variable counts as unset: shells and compose files often cannot unset one. */
function read(env: Environment, name: string): string | undefined {
  // The bindings of a worker may hold a chat's id as a number and a flag as a boolean.
  const value: unknown = env[name] ?? '';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw configError(name, 'must be a string');
  }
  const text = String(value).trim();
  return text === '' ? undefined : text;
}

/** Empty where there is no `process`: a worker or a browser passes its variables in. */
function processEnvironment(): Environment {
  return globalThis.process?.env ?? {};
}
