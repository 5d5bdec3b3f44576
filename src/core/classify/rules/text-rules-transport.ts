import type { TextRule } from './rule.js';

/** Between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: readonly TextRule[] = [
  {
    id: 'text-connect-timeout',
    kind: 'timeout',
    stems: 'time timi dead took etim idle resp expi',
    pattern:
      /\btim(?:e|ed|ing)[ -]?out|\btimeout|deadline (?:\w+ )?(?:exceeded|expired|passed)|took too long|\betimedout\b|idle for too long|(?:not|no) (?:respond|response|answer)\w* (?:\w+ ){0,3}(?:in time|within)|did not respond|exceeded the (?:time|model timeout)/,
  },
  {
    id: 'text-unreachable',
    kind: 'network',
    stems:
      'econ enot eai ehos enet fetc dns geta cert ssl tls self host rout name unab coul cann conn fail netw tunn prox hand loca econn addr unre dial inte',
    pattern:
      /\b(?:econnrefused|enotfound|eai_again|ehostunreach|enetunreach|enetdown|ehostdown)\b|getaddrinfo|\bdns\b|no such host|name (?:or service not known|resolution)|could not resolve host|(?:server|host) (?:name )?(?:not found|could not be found|lookup)|connection refused|unreachable|no route to host|certificate|\b(?:ssl|tls)\b|self[- ]signed|handshake|(?:unable|failed|could not|couldn't|cannot|can't|not) (?:to )?(?:\w+ )?connect\b|(?:tunnel|proxy) (?:\w+ ){0,2}(?:failed|error|response|connection|refused)|tunneling|internet connection|actively refused|network (?:is )?(?:down|unreachable|offline)|error trying to connect|dial tcp/,
  },
  {
    id: 'text-connection-cut',
    kind: 'network',
    stems:
      'conn sock fetc netw load term clos econ epip prem unex stre brok peer goaw rese inco remo chun eof other prot ende hung hang disc webs trans lost read',
    pattern:
      /\b(?:econnreset|epipe|enotconn)\b|\bfetch failed\b|failed to fetch|network ?error|network (?:connection|request|changed|issue|problem|failure)|^\W*(?:typeerror: )?(?:load failed|terminated)\W*$|socket (?:hang ?up|closed|was closed|disconnected|error|connection)|(?:connection|socket|stream|transport|response|websocket|channel|session|body)\b.{0,50}(?:\bclosed|\breset|aborted|terminated|dropped|\blost|interrupted|ended (?:unexpected|prematur|before|without)|disconnected|broken|error|hung up|failed)|premature(?:ly)? (?:close|end|clos)|other side closed|broken pipe|unexpected (?:eof|end of (?:file|stream|input|data))|incomplete (?:chunked|read|response|message)|peer (?:closed|disconnected|unexpectedly)|remote (?:end|host|protocol|peer)|goaway|error sending request|error (?:decoding|reading) (?:response )?body|request to \S+ failed|hung up|did not receive done|without sending|remoteprotocolerror|transport error/,
  },
  {
    id: 'text-aborted',
    kind: 'aborted',
    stems: 'abor canc inte user',
    pattern: /\babort(?:ed)?\b|\bcancell?ed\b|context canceled|interrupted by (?:the )?user|user interrupt|user cancel/,
  },
  {
    id: 'text-server',
    kind: 'server_error',
    weak: true,
    stems: 'inte serv unex some gate bad enco unav cuda oops unkn fail main upst wron went',
    pattern:
      /internal (?:\w+ )?(?:error|failure)|server (?:\w+ )?error|server had an error|error occurred|unexpected(?:ly)? (?:\w+ )?(?:error|stopped|failure)|something went wrong|bad gateway|(?:service|temporarily|currently|upstream) (?:\w+ )?unavailable|gateway error|encountered an (?:\w+ )?(?:issue|error)|cuda (?:out of memory|error)|out of memory|maintenance|upstream (?:\w+ )?error|server-side|unable to process your request|error processing|inference failed|generation (?:failed|error)|provider returned error|unknown error/,
  },
];
