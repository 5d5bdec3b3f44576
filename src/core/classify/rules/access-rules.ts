import type { TextRule } from './rule.js';

/** Keys, sign-ins, models and what a valid key may do. */
export const accessRules: readonly TextRule[] = [
  {
    id: 'parameter',
    kind: 'invalid_request',
    weakAsCode: true,
    words:
      'parameter argument field propert schema value$ + unsupport unknown unrecogn invalid unexpected missing extra illegal required not_support not_allow not_valid not_permit doesnt_support not_support - key token auth model_not api; extra_input; input_should; method_not_allowed; validation_error > for; not_support dont_support doesnt_support > tool image function vision stream system audio; tool_use; tool_call',
  },
  {
    id: 'key',
    kind: 'auth',
    words:
      'api_key apikey api_token access_token access_key secret_key subscription_key auth_token oauth_token id_token bearer jwt credential signature refresh_token security_token session_token authorization_header authentication_header consumer + invalid incorrect wrong bad missing malformed expire revoke unknown no unauthori disable delete leak empty unrecogn inactive not_valid not_found not_provid not_set not_config not_recogn not_exist not_active not_match not_auth require unavailable suspend reject block unable could must mismatch verif without provide set pass environment env reused; token$ + invalid expire revoke malformed missing - limit count json position max number input output least',
  },
  {
    id: 'sign-in',
    kind: 'auth',
    weakAsCode: true,
    words:
      'unauthori; unauthent; not_authenticat; authenticat auth$ + fail require error invalid deny denied expire missing method unable could cannot not_found; invalid_auth; authorization_required authorization_fail; not_logged not_signed logged_out signed_out signing_in; log_in login sign_in + please run again required must need; reauthenticat re_authenticat; unregistered_caller; invalid_grant; leaked; account user > deactivat terminated banned locked suspend disabled deleted; member_of_an_organization; user_not_found; session > expired invalid; token_refresh refresh_token > fail expired invalid',
  },
  {
    id: 'model-gone',
    kind: 'model_unavailable',
    // Anthropic's whole message for an unknown model.
    pattern: /^\W*model: ?[\w./:@-]+\W*$/,
    words:
      'model deployment engine languagemodel + not_found not_be_found not_exist doesnt_exist not_deploy not_available isnt_available not_supported not_serve not_loaded not_recogn not_valid not_install no_longer deprecat retired decommission removed discontinu sunset shut_down unavailable unsupport no_such nonexist cannot_find could_not_find cant_find not_find not_resolve not_serv unloaded deleted legacy not_yet_deployed - parameter argument value tool field image temperature servable access_denied plan region country territory location; invalid_model unknown_model model_invalid model_is_invalid model_id_is_invalid model_name_is_invalid model_identifier_is_invalid invalid_engine model_is_disabled; no_endpoint no_allowed_provider no_provider no_deployment no_healthy_deployment no_model no_matching_endpoint; no_available > channel provider model endpoint deployment; not_a_valid_model; on_demand_throughput; requires_more_system_memory; try_pulling; end_of_life end_of_its_life; invalid_deployment unknown_deployment',
  },
  {
    id: 'policy',
    kind: 'content_policy',
    words:
      'content > filter policy management moderation violat safety prohibit flagged risk inappropriate inspection blocked; safety > system filter setting polic reason guideline violat check blocked; flagged; moderation; blocked rejected refused filtered stopped > safety recitation prohibit polic security content guardrail blocklist spii sensitive; harmful; inappropriate; sensitive > content word info; violat > polic terms guideline usage; usage_polic; acceptable_use; responsible_ai; exists_risk; blocked flagged filtered rejected + prompt output input response candidate image text - key; high_risk; jailbreak; nsfw; unsafe; prohibited; recitation; inspection; guardrail + intervene block trigger',
  },
  {
    id: 'permission',
    kind: 'permission',
    weakAsCode: true,
    words:
      'access > denied deny restrict forbidden block revoked disallow; access permission scope + no not lack without need request ask gain dont doesnt; permission > denied required missing error insufficient; insufficient missing > permission scope privilege; not_allow not_permit not_authori not_eligible not_entitled not_enabled not_granted not_activated not_agreed not_whitelist isnt_enabled; region country territory location > not unsupport block restrict unavailable; unsupported not_support not_available not_offered not_serv unavailable restrict > region country territory; organization organisation org > disabled restrict verified block suspend; must_be_verified; verify_organization verify_your_organization; gated; accept agree agreed > terms license agreement; forbidden; allowlist whitelist allow_list ip_allow; firewall; virtual_network; upgrade > plan tier subscription access; only_available only_support not_available not_included not_yet_available currently_available not_support > plan tier subscription account organization user agent project customer workspace; plan subscription tier > not_support not_include; authorized_list; not_been_used; requests_from > blocked; blocked_at; permission_denied permissions',
  },
];
