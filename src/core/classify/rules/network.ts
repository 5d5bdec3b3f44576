import type { KindRules } from './rule.js';
import { failed } from './word-sets.js';

/** A fault of the connection. Rules that end in `cut` speak of one that had come about. */
export const network: KindRules = {
  kind: 'network',
  // A proxy that wants a sign-in, a captive portal.
  statuses: [407, 511],
  rules: [
    { id: 'code-network-unreachable', codes: ['EADDRNOTAVAIL', 'EPROTO', 'FailedToOpenSocket'] },
    { id: 'code-network-cut', codes: ['UND_ERR_SOCKET', 'TIERFALL_STREAM_CUT'] },
    {
      id: 'code-network-weak',
      strength: 'weak',
      codes: ['APIConnectionError', 'ConnectionError', 'UND_ERR_ABORTED'],
    },
    {
      id: 'network-unreachable',
      says: [
        {
          any: [
            'cert$', 'certificate', 'connection refused', 'dial tcp', 'dns$', 'eai again', 'econnrefused', 'ehost',
            'enet', 'enotfound', 'getaddrinfo', 'handshake', 'host not found', 'leaf', 'name or service',
            'name resolution', 'net err', 'no connection', 'no route', 'no such host', 'nodename', 'resolve host',
            'self signed', 'sending request', 'ssl', 'tls', 'tunnel', 'unreachable',
          ],
        },
        { any: ['reach$', 'connect'], near: [...failed, 'eacces', 'trouble'] },
        { any: ['proxy'], behind: ['connection', 'error', 'fail', 'refused', 'response'] },
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
          any: ['connection', 'network', 'session', 'socket', 'stream', 'websocket'],
          behind: [
            'abort', 'broken', 'closed', 'disconnect', 'drop', 'ended', 'fail', 'interrupt', 'lost', 'offline',
            'reset', 'terminated',
          ],
        },
        {
          any: [
            'broken pipe', 'econnreset', 'end of file', 'eof$', 'epipe', 'expected http', 'failed to fetch',
            'fetch fail', 'goaway', 'hang up', 'hpe', 'http2', 'incomplete read', 'network error', 'networkerror',
            'not receive done', 'payload is not', 'peer closed', 'premature', 'remote end', 'rst stream',
            'server disconnect', 'without sending',
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
