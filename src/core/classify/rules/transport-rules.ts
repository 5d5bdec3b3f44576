import type { TextRules } from './rule.js';

/** Size of the request, what lies between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: TextRules = {
  'timeout timeout':
    'timeout timing_out time_out timedout stall deadline idle_for esocket etime took_too; not_respond no_response > time within',
  'context context_overflow weak-code':
    'context > limit size window overflow length; exceed + context token - per usage quota rate; reduce > message prompt input context length; prompt input conversation message request body query text content payload sequence entity history + too_large too_big too_long; window + token - hour rate reset minute; less_than greater_than more_than > token model maximum; too_many_token shorten max_seq too_many_input maximum_input maximum_context maximum_model max_context maximum_prompt input_length; prompt input conversation + longer exceed larger',
  'network-unreachable network':
    'eai_again enotfound getaddrinfo cert$ sending_request dns$ self_signed leaf certificate unreachable net_err ssl handshake econnrefused enet dial_tcp host_not_found no_such_host no_connection tls resolve_host name_or_service nodename name_resolution tunnel connection_refused ehost no_route; reach$ connect + error fail unable cannot trouble could; proxy > connection refused error fail response',
  // The whole message undici and Safari give.
  'network-whole-cut network': /^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/,
  'network-cut network':
    'connection transport network session websocket socket stream > terminated drop interrupt fail reset disconnect offline lost abort closed ended broken; hang_up peer_closed epipe network_error http2 broken_pipe networkerror failed_to_fetch expected_http end_of_file fetch_fail server_disconnect eof$ econnreset remote_end goaway premature hpe incomplete_read without_sending not_receive_done; reading decoding > body response',
  'aborted aborted': 'canceled abort cancelled',
  'invalid invalid_request generic':
    'wrong > type format; validation must unexpected_endpoint failed_to_parse malformed missing_required unprocessable unsupported bad_request not_support; invalid - json organization',
  'server server_error generic':
    'server internal upstream > error failure; out_of_memory unknown_error unexpected_error unexpectedly healthy_upstream provider_returned bad_gateway occurred unavailable maintenance went_wrong inference_failed; model worker runner > terminated exit crash',
};
