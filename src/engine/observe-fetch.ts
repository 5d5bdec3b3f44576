/** What a `fetch` handed to an SDK saw of the provider's last answer. */
export interface FetchSight {
  readonly fetch: typeof globalThis.fetch;
  /** Requests the SDK made, its hidden retries included. */
  requests: number;
  /** The last answer's status and headers; the body is never read. */
  last: { status: number; headers: Headers } | undefined;
}

/** A `fetch` that notes what SDKs hide. */
export function observeFetch(): FetchSight {
  const sight: FetchSight = {
    requests: 0,
    last: undefined,
    fetch: async (input, init) => {
      sight.requests++;
      sight.last = undefined;
      const response = await globalThis.fetch(input, init);
      sight.last = { status: response.status, headers: response.headers };
      return response;
    },
  };
  return sight;
}
