import type { TextRules } from './rule.js';

/** Size of the request, what lies between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: TextRules = {
  'timeout timeout':
    'timeout timing_out timed_out time_out timedout idle_for etimedout deadline took_too; no_response not_respond > time within',
  'context context_overflow':
    'context > limit size window overflow length; exceed + context token - per usage quota rate; less_than more_than greater_than > model maximum token; reduce > message prompt input context length; prompt input conversation + exceed larger longer; too_many_token shorten too_many_input maximum_input maximum_context maximum_model max_context maximum_prompt input_length; prompt input body content payload request message text conversation history sequence entity query + too_long too_large too_big; window + token - minute rate hour reset',
  'network-unreachable network':
    'connect reach$ + cannot error fail unable trouble could; proxy > connection error fail refused response; connection_refused econnrefused eai_again tls cert$ dial_tcp resolve_host enotfound no_such_host dns$ establish ehostunreach self_signed host_not_found tunnel getaddrinfo unreachable net_err enetunreach ssl certificate handshake',
  // The whole message undici and Safari give.
  'network-whole-cut network': /^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/,
  'network-cut network':
    'connection socket transport session websocket stream > lost closed abort fail reset disconnect drop ended terminated offline broken interrupt; reading decoding > body response; connection_error goaway incomplete_read premature epipe not_receive_done broken_pipe without_sending networkerror unexpected_eof eof$ fetch_fail remote_end econnreset expected_http failed_to_fetch socket_hang network_error http2 end_of_file hpe hang_up peer_closed',
  'aborted aborted': 'canceled abort cancelled',
  'invalid invalid_request weak':
    'invalid - json organization; wrong > format type; validation missing_required bad_request must not_support unexpected_endpoint failed_to_parse malformed unsupported unprocessable',
  'server server_error weak':
    'server upstream > error failure; out_of_memory unknown_error unexpected_error unexpectedly maintenance went_wrong provider_returned bad_gateway inference_failed occurred healthy_upstream unavailable internal; worker runner > terminated crash exit',
};
