export type {
  ModelName,
  Notification,
  NotificationEventName,
  NotificationEvents,
  Notifier,
  NotifierHost,
  NotifierConnection,
  NotifierStateChange,
  SessionChangeEvent,
} from '../ports/notifier.js';
export type { AttachedNotifiers, AttachOptions } from './attach-notifiers.js';
export { attachNotifiers } from './attach-notifiers.js';
export type { ConsoleNotifierOptions } from './console.js';
export { createConsoleNotifier } from './console.js';
export type { NotifierFilter } from './filter.js';
export type { Environment, FromEnvOptions } from './from-env.js';
export { notifiersFromEnv } from './from-env.js';
export type { HttpNotifierOptions, NotifierOptions } from './notifier-options.js';
export type { Observation, SessionWatcher, SessionWatcherOptions } from './session-watcher.js';
export { createSessionWatcher } from './session-watcher.js';
export type { SlackNotifierOptions } from './slack.js';
export { createSlackNotifier } from './slack.js';
export type { TelegramNotifierOptions } from './telegram.js';
export { createTelegramNotifier } from './telegram.js';
export type { WebhookNotifierOptions } from './webhook.js';
export { createWebhookNotifier } from './webhook.js';
