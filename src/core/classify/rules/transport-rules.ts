import type { TextRules } from './rule.js';

/** Size of the request, what lies between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: TextRules = {
  'timeout timeout':
    'idle_for deadline timeout timedout timing_out time_out etime took_too; no_response not_respond > time within',
  'context context_overflow weak-code':
    'context > limit overflow window size length; exceed + context token - per usage quota rate; reduce > prompt input context message length; prompt input conversation message request entity history text sequence query content payload body + too_long too_large too_big; window + token - hour rate reset minute; less_than more_than greater_than > token model maximum; too_many_token shorten too_many_input maximum_input maximum_context maximum_model max_context maximum_prompt input_length; prompt input conversation + longer exceed larger',
  'network-unreachable network':
    'dns$ eai_again getaddrinfo unreachable name_or_service nodename ssl net_err host_not_found ehost no_route leaf tls resolve_host no_such_host cert$ self_signed tunnel dial_tcp enotfound no_connection handshake econnrefused connection_refused enet certificate; reach$ connect + error fail unable cannot trouble could; proxy > error fail refused connection response',
  // The whole message undici and Safari give.
  'network-whole-cut network': /^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/,
  'network-cut network':
    'connection network session websocket socket stream transport > terminated drop interrupt fail reset disconnect offline lost abort closed ended broken; hang_up premature epipe network_error expected_http broken_pipe server_disconnect hpe networkerror http2 without_sending remote_end end_of_file incomplete_read fetch_fail goaway peer_closed eof$ not_receive_done econnreset socket_hang failed_to_fetch; decoding reading > body response',
  'aborted aborted': 'canceled abort cancelled',
  'invalid invalid_request weak':
    'wrong > type format; validation malformed missing_required unprocessable unsupported bad_request failed_to_parse must unexpected_endpoint not_support; invalid - json organization',
  'server server_error weak':
    'server internal upstream > error failure; out_of_memory unknown_error unavailable provider_returned healthy_upstream unexpectedly maintenance occurred bad_gateway unexpected_error went_wrong inference_failed; worker runner > terminated crash exit',
};
