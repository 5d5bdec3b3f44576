import type { TextRules } from './rule.js';

/** Size of the request, what lies between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: TextRules = {
  'timeout timeout':
    'timeout timing_out timedout timed_out time_out idle_for deadline etimedout took_too; no_response not_respond > time within',
  'context context_overflow':
    'context > limit window size overflow length; exceed + context token - rate per usage quota; greater_than less_than more_than > model maximum token; reduce > message prompt input context length; prompt input conversation + longer exceed larger; too_many_token shorten too_many_input maximum_input maximum_context maximum_model max_context maximum_prompt input_length; prompt input conversation text content payload sequence entity message request history body query + too_long too_large too_big; window + token - rate minute hour reset',
  'network-unreachable network':
    'reach$ connect + error fail unable cannot trouble could; proxy > error fail refused connection response; connection_refused cert$ resolve_host getaddrinfo establish host_not_found eai_again enotfound tls ssl self_signed unreachable net_err econnrefused certificate ehostunreach dial_tcp tunnel no_such_host enetunreach dns$ handshake',
  // The whole message undici and Safari give.
  'network-whole-cut network': /^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/,
  'network-cut network':
    'connection session websocket socket stream transport > terminated closed offline lost abort fail reset disconnect drop ended interrupt broken; reading decoding > body response; connection_error incomplete_read remote_end eof$ hang_up peer_closed http2 econnreset goaway hpe network_error unexpected_eof epipe networkerror expected_http socket_hang broken_pipe fetch_fail premature failed_to_fetch without_sending not_receive_done end_of_file',
  'aborted aborted': 'cancelled canceled abort',
  'invalid invalid_request weak':
    'invalid - json organization; wrong > type format; bad_request must unsupported malformed unexpected_endpoint validation not_support failed_to_parse missing_required unprocessable',
  'server server_error weak':
    'server internal upstream > error failure; runner worker > terminated crash exit; bad_gateway healthy_upstream provider_returned unexpectedly unavailable occurred maintenance went_wrong out_of_memory unknown_error unexpected_error inference_failed',
};
