import type { TextRules } from './rule.js';

/** Money, capacity and throttles. */
export const limitRules: TextRules = {
  'file-size invalid_request':
    'image file pdf audio video attachment document header > exceed too_large too_big too_many larger max_size max_allow',
  'max-tokens invalid_request':
    'max_token max_new_token max_completion_token max_output_token + large least most must greater less exceed invalid unsupport between range high small - context',
  'quota-none quota':
    'limit_0; quota_exceeded_for + perday per_day per_month; exceeded_your_current_quota + insufficient',
  'throttle-metric rate_limit': 'quota_exceeded_for_metric not_your_usage; quota + minute second',
  'balance quota':
    'balance credit fund wallet prepaid + insufficient low exhaust deplet enough used out required expired empty exceed purchase buy recharge add run ran afford need no deduct top_up more; arrear; overdue; past_due past_invoice; unpaid non_payment; top_up; payment_required payment_method payment_instrument payment_fail; afford; out_of_available; prepaid; out_of + usage credit fund budget quota',
  'billing quota':
    'billing + hard disabled inactive not_active enabled enable suspend required not_been not_found closed; free trial > exhaust ended expired consumed; subscription plan > expired ended inactive',
  'spend quota':
    'spend budget cost$ + limit cap exceed reach exhaust quota over max; extra_usage usage_credit + required; usage_not_included',
  'window quota':
    'session daily weekly monthly yearly 5_hour five_hour 5h 7_day per_day per_week per_month perday today this_week this_month current_period billing_cycle billing_period + limit quota cap allocation allowance credit too_many exceed reached exhaust used - context; call_month request_month; quota_will',
  'usage-limit quota':
    'hit_your reached_your > limit - rate token rpm tpm concurren; usage_limit usage_quota usage_cap plan_limit key_limit_exceed hard_limit; usage > exceed exhaust reached - rate; limit > plan subscription - rate request token',
  'capacity overloaded':
    'overload; over_capacity at_capacity; capacity + no insufficient exceed limit reach unavailable exhaust full constraint available out lack maximum enough; high heavy peak excessive elevated > demand load$ traffic; busy + worker server service system model engine try please too currently; model > loading starting warming; loading_model warming_up; pending_request; queue slot + full exceed limit long; no_available no_free no_slot > worker instance replica gpu server backend node available; demand_exceed; not_ready',
  'throttle rate_limit weak-code':
    'rate_limit ratelimit rate_exceed; too_many_token + wait; too_many > request call concurrent connection attempt message; throttl; slow_down; per_minute per_min per_second per_sec per_hour + request token call image; request_rate; concurren + limit exceed max many reach quota; rpm tpm qps otpm; resource > exhaust; too_quick too_fast too_frequent too_often; burst; frequency; request_limit > reach exceed',
  'quota quota weak-code':
    'quota allocation allowance + exceed exhaust reach used hit over no insufficient out deplet consumed limit error',
};
