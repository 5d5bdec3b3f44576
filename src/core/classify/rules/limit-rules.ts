import type { TextRules } from './rule.js';
import { closed, plans, used } from './word-sets.js';

/** Money, capacity and throttles. */
export const limitRules: TextRules = {
  'file-size invalid_request':
    'document pdf image audio attachment file header video > too_many exceed larger too_large too_big max_allow max_size',
  'max-tokens invalid_request':
    'max_new max_output max_completion max_token + between most greater invalid high exceed large least less range small must unsupport - context',
  'quota-none quota': 'quota_exceeded_for + perday per_day per_month; limit_0',
  'throttle-metric rate_limit':
    'quota + second minute; per_hour per_minute per_second > project; not_your_usage quota_exceeded_for_metric',
  'balance quota': `balance wallet fund + require low add expire enough empty ${used}; out_of + budget usage quota; out_of_available non_payment payment_instrument past_invoice deduct recharge top_up past_due payment_method overdue payment_fail prepaid afford payment_required unpaid arrear credit - card`,
  'billing quota': `trial ${plans} free > expire ended inactive exhaust consumed - key; billing + require not_found not_active enable not_been closed ${closed} hard`,
  'spend quota': `extra_usage + require; budget spend cost$ + quota ${used} max cap; usage_not_included`,
  'window quota':
    'quota_will request_month call_month; per_month per_day per_week > project; month per_day year 7_day billing_period daily billing_cycle current_period today session week five_hour 5_hour 5h perday + too_many exceed reach used exhaust cap allowance quota allocation limit - context',
  'usage-limit quota': `plan_limit usage_limit usage_quota key_limit_exceed hard_limit usage_cap; usage > exceed reach exhaust - rate; limit > ${plans} - rate token request; hit_your reached_your > limit - concurren tpm rate token rpm`,
  'capacity overloaded': `capacity - context token input; slot queue + limit exceed full long; no_available no_slot no_free > replica server instance gpu backend available node worker; model + starting loading warming; not_ready overload demand_exceed warming_up pending_request; heavy high excessive elevated peak > traffic demand load$; busy - sqlite resource database`,
  'throttle rate_limit weak-code': `rate_limit request_rate too_fast too_frequent too_often rpm throttl per_hour per_minute per_second frequency per_sec tpm ratelimit qps otpm rate_exceed per_min slow_down burst too_quick; too_many > call attempt concurrent connection message request; request_limit resource > exceed reach exhaust; too_many_token + wait; concurren + quota ${used} max many`,
  'quota quota weak-code': `allowance quota allocation + error ${used}`,
};
