import type { TextRules } from './rule.js';

/** Size of the request, what lies between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: TextRules = {
  'timeout timeout':
    'no_response not_respond > time within; took_too idle_for timeout timedout timing_out timed_out time_out deadline etimedout',
  'context context_overflow':
    'less_than more_than greater_than > model maximum token; reduce > message prompt input context length; context > limit size window overflow length; prompt input conversation sequence history text content payload entity query message request body + too_long too_large too_big; too_many_token shorten too_many_input maximum_input max_context maximum_model maximum_context maximum_prompt input_length; prompt input conversation + exceed larger longer; exceed + context token - rate per usage quota; window + token - rate minute hour reset',
  'network-unreachable network':
    'connect reach$ + error fail unable could trouble cannot; proxy > error fail refused connection response; connection_refused cert$ enotfound no_such_host getaddrinfo unreachable host_not_found net_err tls ehostunreach dns$ enetunreach dial_tcp handshake self_signed eai_again establish resolve_host ssl econnrefused certificate tunnel',
  // The whole message undici and Safari give.
  'network-whole-cut network': /^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/,
  'network-cut network':
    'stream websocket transport connection socket session > drop ended lost abort terminated interrupt fail reset disconnect closed offline broken; reading decoding > body response; connection_error epipe networkerror eof$ premature hpe broken_pipe network_error http2 unexpected_eof expected_http hang_up not_receive_done econnreset without_sending failed_to_fetch socket_hang goaway peer_closed fetch_fail incomplete_read remote_end end_of_file',
  'aborted aborted': 'cancelled canceled abort',
  'invalid invalid_request weak':
    'invalid - json organization; wrong > format type; validation failed_to_parse not_support bad_request unexpected_endpoint missing_required malformed unprocessable must unsupported',
  'server server_error weak':
    'worker runner > terminated crash exit; upstream server internal > error failure; out_of_memory unknown_error unexpected_error unexpectedly occurred unavailable bad_gateway provider_returned healthy_upstream maintenance went_wrong inference_failed',
};
