import type { TextRules } from './rule.js';

/** Size of the request, what lies between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: TextRules = {
  'timeout timeout':
    'timeout timedout; timed_out time_out idle_for timing_out; deadline > exceed expired passed; took_too_long; etimedout; not_respond no_response > time within',
  'context context_overflow':
    'context > length window size limit overflow; too_long too_large too_big + prompt input message conversation query request text sequence content history; exceed longer larger + prompt input conversation; max_context maximum_context maximum_model maximum_input maximum_prompt; too_many_token too_many_input; exceed + token context - usage rate quota per; window + token - rate minute hour reset; input_length; reduce > length prompt input message context; shorten; entity_too payload_too body_too request_too; less_than more_than greater_than > token maximum model',
  'network-unreachable network':
    'econnrefused enotfound eai_again ehostunreach enetunreach getaddrinfo dns$ no_such_host resolve_host connection_refused unreachable certificate cert$ ssl tls self_signed handshake host_not_found; connect reach$ + unable fail could cannot couldnt cant error trouble; establish + connection; net_err; tunnel; proxy > fail error response connection refused; dial_tcp',
  // The whole message undici and Safari give.
  'network-whole-cut network': /^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/,
  'network-cut network':
    'econnreset epipe fetch_fail failed_to_fetch network_error networkerror socket_hang hang_up; connection socket transport stream websocket session > closed reset abort offline terminated drop lost interrupt disconnect broken ended fail; connection_error; premature; broken_pipe; unexpected_eof unexpected_end_of_file eof$; incomplete_read; peer_closed; remote_end; goaway expected_http hpe http2; error_reading error_decoding > body response; did_not_receive_done; without_sending',
  'aborted aborted': 'abort; cancelled canceled',
  'invalid invalid_request weak':
    'validation unprocessable; invalid > request body url value message role format prompt tool image type service; bad_request; unexpected_endpoint; malformed; unsupported; not_support; missing_required; must > be$ have not contain match follow; failed_to_parse; method_not_allowed; wrong > format type',
  'server server_error weak':
    'internal > error failure; server > error; error_occurred; unexpected_error unexpectedly something_went_wrong inference_failed; bad_gateway; unavailable; out_of_memory; maintenance; upstream > error; runner worker > terminated exit crash; unknown_error; provider_returned_error; no_healthy_upstream',
};
