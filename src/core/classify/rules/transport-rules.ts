import type { TextRule } from './rule.js';

/** Size of the request, what lies between us and the provider, and what the provider says of itself when it breaks. */
export const transportRules: readonly TextRule[] = [
  {
    id: 'timeout',
    kind: 'timeout',
    words:
      'timeout timedout; timed_out time_out timing_out; deadline > exceed expired passed; took_too_long; etimedout; idle_for_too; not_respond no_response > time within; exceeded_the_time',
  },
  {
    id: 'context',
    kind: 'context_overflow',
    words:
      'context > length window size limit overflow; too_long too_large too_big + prompt input message conversation query request text sequence content history; exceed longer larger + prompt input conversation; max_context maximum_context maximum_model maximum_input maximum_prompt max_model_len; too_many_token too_many_input; exceed + token context - usage rate quota per; input_length; reduce > length prompt input message context; shorten; entity_too payload_too body_too request_too; less_than fewer_than more_than longer_than greater_than > token maximum model; string_too_long; maximum_number_of_byte; string_above',
  },
  {
    id: 'network-unreachable',
    kind: 'network',
    words:
      'econnrefused enotfound eai_again ehostunreach enetunreach getaddrinfo dns$ no_such_host name_resolution name_or_service resolve_host connection_refused unreachable no_route_to certificate cert$ ssl tls self_signed handshake host_not_found server_not_found; connect reach$ + unable fail could cannot couldnt cant error trouble; establish + connection; net_err; tunnel; proxy > fail error response connection refused; internet_connection; dial_tcp',
  },
  {
    id: 'network-cut',
    kind: 'network',
    // The whole message undici and Safari give.
    pattern: /^\W*(?:typeerror: )?(?:terminated|load failed)\W*$/,
    words:
      'econnreset epipe fetch_fail failed_to_fetch network_error networkerror network_connection network_request network_changed socket_hang hang_up hung_up; connection socket stream websocket session transport > closed reset abort terminated drop lost interrupt disconnect broken ended fail; connection_error; premature; other_side_closed; broken_pipe; unexpected_eof unexpected_end_of_file eof$; incomplete_chunk incomplete_read; peer_closed; remote_end remote_protocol; goaway hpe http2; error_sending_request; error_reading error_decoding > body response; did_not_receive_done; without_sending',
  },
  {
    id: 'aborted',
    kind: 'aborted',
    words: 'abort; cancelled canceled cancellation; interrupted_by user_interrupt',
  },
  {
    id: 'invalid',
    kind: 'invalid_request',
    weak: true,
    words:
      'invalid > request body url value message role format prompt tool image type service; bad_request; unexpected_endpoint; malformed; unprocessable; validation; unsupported; not_support; missing_required; must > be$ have not contain match follow alternate; failed_to_parse; method_not_allowed; strongly_recommended; wrong > format type',
  },
  {
    id: 'server',
    kind: 'server_error',
    weak: true,
    words:
      'internal > error failure; server > error; server_had_an; error_occurred; unexpected_error unexpectedly; something_went_wrong; bad_gateway; unavailable; gateway_error; encountered_an; out_of_memory; maintenance; upstream > error; unable_to_process; error_processing; inference_failed; unknown_error; provider_returned_error; no_healthy_upstream',
  },
];
