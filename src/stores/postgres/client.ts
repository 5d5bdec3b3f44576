/** A row as the driver gives it: big integers may come as text. */
export type Row = Record<string, unknown>;

/** What we call of a `pg` pool. */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<{ rows: Row[] }>;
  connect(): Promise<PostgresClient>;
  /** `pg` has it; a pool of one connection cannot spare it for `watch`. */
  options?: { max?: number | undefined };
}

/** One statement, as `pg` takes it. */
export interface PostgresQuery {
  text: string;
  /** With a name, the server plans the statement once for each connection. */
  name?: string;
  values?: unknown[];
}

/** What we call of a client that the pool hands out. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ rows: Row[] }>;
  on(event: 'notification', listener: (notification: { payload?: string | undefined }) => void): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
  /** `true` closes the connection instead of giving it back. */
  release(destroy?: boolean): void;
}
