import type { KindRules } from './rule.js';

/** A fault of the connection. Rules that end in `cut` speak of one that had come about. */
export const network: KindRules = {
  kind: 'network',
  // A proxy that wants a sign-in, a captive portal.
  statuses: [407, 511],
  rules: [
    { id: 'code-network-unreachable', codes: ['EADDRNOTAVAIL', 'FailedToOpenSocket', 'EPROTO'] },
    { id: 'code-network-cut', codes: ['UND_ERR_SOCKET', 'TIERFALL_STREAM_CUT'] },
    {
      id: 'code-network-weak',
      strength: 'weak',
      codes: ['UND_ERR_ABORTED', 'ConnectionError', 'APIConnectionError'],
    },
    {
      id: 'network-unreachable',
      says: [
        {
          any: [
            'eai again', 'enotfound', 'getaddrinfo', 'cert$', 'sending request', 'dns$', 'self signed', 'leaf',
            'certificate', 'unreachable', 'net err', 'ssl', 'handshake', 'econnrefused', 'enet', 'dial tcp',
            'host not found', 'no such host', 'no connection', 'tls', 'resolve host', 'name or service', 'nodename',
            'name resolution', 'tunnel', 'connection refused', 'ehost', 'no route',
          ],
        },
        { any: ['reach$', 'connect'], near: ['error', 'fail', 'unable', 'cannot', 'trouble', 'could', 'eacces'] },
        { any: ['proxy'], behind: ['connection', 'refused', 'error', 'fail', 'response'] },
      ],
    },
    {
      // The whole message of undici and of Safari.
      id: 'network-whole-cut',
      whole: [/^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/],
    },
    {
      id: 'network-cut',
      says: [
        {
          any: ['connection', 'network', 'session', 'websocket', 'socket', 'stream'],
          behind: [
            'terminated', 'drop', 'interrupt', 'fail', 'reset', 'disconnect', 'offline', 'lost', 'abort', 'closed',
            'ended', 'broken',
          ],
        },
        {
          any: [
            'hang up', 'peer closed', 'epipe', 'network error', 'http2', 'broken pipe', 'networkerror',
            'failed to fetch', 'expected http', 'end of file', 'fetch fail', 'server disconnect', 'eof$',
            'econnreset', 'remote end', 'goaway', 'premature', 'hpe', 'incomplete read', 'without sending',
            'not receive done', 'rst stream', 'payload is not',
          ],
        },
        { any: ['reading', 'decoding'], behind: ['body', 'response'] },
      ],
    },
    {
      id: 'eastern-network',
      eastern: [
        // Network; the connection failed, broke, was reset.
        /网络|连接.{0,6}[失断重中]/,
      ],
    },
  ],
};
