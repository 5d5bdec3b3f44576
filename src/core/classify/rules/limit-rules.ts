import type { TextRules } from './rule.js';
import { closed, plans, used } from './word-sets.js';

/** Money, capacity and throttles. */
export const limitRules: TextRules = {
  'file-size invalid_request':
    'file audio video document pdf image attachment header > too_many exceed larger max_allow too_large too_big max_size',
  'max-tokens invalid_request':
    'max_output max_new max_completion max_token + small must unsupport between most greater invalid less range high exceed large least - context',
  'quota-none quota': 'quota_exceeded_for + perday per_day per_month; limit_0',
  'throttle-metric rate_limit':
    'quota + second minute; per_hour per_minute per_second > project; not_your_usage quota_exceeded_for_metric',
  'balance quota': `balance wallet fund + require add empty ${used} low enough expire; out_of + budget usage quota; out_of_available non_payment payment_instrument prepaid recharge top_up credit past_invoice deduct unpaid afford payment_required past_due payment_fail arrear overdue payment_method - card`,
  'billing quota': `${plans} trial free > expire ended inactive consumed exhaust - key; billing + require enable not_found not_active closed ${closed} not_been hard`,
  'spend quota': `extra_usage + require; cost$ budget spend + quota ${used} max cap; usage_not_included`,
  'window quota':
    'quota_will request_month call_month; per_day per_month per_week > project; session month daily perday per_day week five_hour billing_period 5_hour billing_cycle current_period 7_day year 5h today + too_many exhaust allowance quota allocation limit exceed reach used cap - context',
  'usage-limit quota': `usage > exceed reach exhaust - rate; key_limit_exceed plan_limit usage_cap hard_limit usage_limit usage_quota; limit > ${plans} - rate token request; hit_your reached_your > limit - concurren tpm rate token rpm`,
  'capacity overloaded': `no_available no_slot no_free > backend gpu worker replica server instance available node; capacity - context token input; busy - resource sqlite database; demand_exceed warming_up not_ready overload pending_request; slot queue + limit exceed full long; model + warming starting loading; elevated heavy peak high excessive > traffic demand load$`,
  'throttle rate_limit weak-code': `otpm rate_exceed too_often rpm rate_limit burst too_fast too_frequent request_rate frequency too_quick per_minute per_second throttl per_sec tpm ratelimit qps slow_down per_hour per_min; too_many_token + wait; request_limit resource > exceed reach exhaust; too_many > attempt concurrent connection message request call; concurren + quota ${used} max many`,
  'quota quota weak-code': `allowance quota allocation + error ${used}`,
};
