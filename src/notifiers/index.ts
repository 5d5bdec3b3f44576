export type {
  AlertEvent,
  ModelName,
  NoticedAlert,
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
export type { ConsoleNotifierOptions } from './channels/console.js';
export { createConsoleNotifier } from './channels/console.js';
export type { NotifierFilter } from './selection/filter.js';
export type { Environment, FromEnvOptions } from './channels/from-env.js';
export { notifiersFromEnv } from './channels/from-env.js';
export type { HttpNotifierOptions, NotifierOptions } from './notifier-options.js';
export type { Observation, SessionWatcher, SessionWatcherOptions } from './sessions/session-watcher.js';
export { createSessionWatcher } from './sessions/session-watcher.js';
export type { SlackNotifierOptions } from './channels/slack.js';
export { createSlackNotifier } from './channels/slack.js';
export type { TelegramNotifierOptions } from './channels/telegram.js';
export { createTelegramNotifier } from './channels/telegram.js';
export type { WebhookNotifierOptions } from './channels/webhook.js';
export { createWebhookNotifier } from './channels/webhook.js';
