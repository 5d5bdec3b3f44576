import type { OperatorSchema } from '../../schema/operator-schema.js';
import type { Grant, Permission } from '../auth/grant.js';
import type { OperatorConfig } from '../options.js';
import type { ChecksRunner } from '../checks-runner.js';
import type { Mutex } from '../mutex.js';
import type { InstanceViews } from '../views.js';
import type { StreamHub } from '../stream/stream-hub.js';

/** What answers a request is given. */
export interface RouteContext {
  readonly request: Request;
  readonly url: URL;
  /** The instance the path names, decoded; empty where it names none. */
  readonly name: string;
  /** Who asks; absent on routes that ask nobody. */
  readonly grant: Grant | undefined;
  readonly config: OperatorConfig;
  readonly views: InstanceViews;
  readonly hub: StreamHub;
  readonly checks: ChecksRunner;
  /** Changes of the chain, one at a time. */
  readonly updates: Mutex;
}

/** One row of the table: who may call it, what it takes and gives, and what it does. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Under the base path; `:name` is an instance. */
  readonly path: string;
  /** `null`: anybody; the answer says nothing about any agent. `'signature'`: a signed message, no token. */
  readonly permission: Permission | 'signature' | null;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  readonly query?: OperatorSchema;
  readonly body?: OperatorSchema;
  readonly answer?: OperatorSchema;
  /** Of the good answer. Default 200. */
  readonly status?: number;
  /** Content type of an answer that is not JSON. */
  readonly produces?: string;
  /** False: the server has no such part; the detail says so. */
  readonly isThere?: (config: OperatorConfig) => boolean;
  readonly absent?: string;
  handle(context: RouteContext): Response | Promise<Response>;
}
