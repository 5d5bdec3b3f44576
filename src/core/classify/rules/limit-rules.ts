import type { TextRules } from './rule.js';
import { closed, plans, used } from './word-sets.js';

/** Money, capacity and throttles. */
export const limitRules: TextRules = {
  'file-size invalid_request':
    'file image pdf audio video attachment document header > too_many max_allow max_size too_large too_big exceed larger',
  'max-tokens invalid_request':
    'max_new max_completion max_token max_output + large least high exceed less small must range between most greater invalid unsupport - context',
  'quota-none quota': 'quota_exceeded_for + perday per_day per_month; limit_0',
  'throttle-metric rate_limit':
    'quota + second minute; per_second per_minute per_hour > project tier; not_your_usage quota_exceeded_for_metric',
  'balance quota': `balance wallet fund + add expire enough empty low ${used} require; out_of_available past_invoice afford credit overdue past_due payment_method non_payment arrear payment_required unpaid payment_instrument deduct prepaid payment_fail recharge top_up - card charged refund; out_of + budget usage quota`,
  'billing quota': `${plans} trial free > exhaust consumed expire ended inactive - key; billing + ${closed} enable not_active require not_found not_been hard closed`,
  'spend quota': `cost$ spend budget + ${used} max cap quota - context; extra_usage + require; usage_not_included`,
  'window quota':
    'quota_will request_month call_month; per_day per_month per_week > project; billing_cycle daily per_day month today 7_day year billing_period five_hour 5_hour 5h session week current_period perday + too_many limit exceed reach exhaust used cap allowance quota allocation - context',
  'usage-limit quota': `limit > ${plans} - rate request token; usage > exhaust exceed reach - rate; reached_your hit_your > limit - concurren tpm rate rpm token; hard_limit usage_cap key_limit_exceed plan_limit usage_limit usage_quota`,
  'capacity overloaded': `capacity - input context token; slot queue + full long limit exceed; not_ready overload warming_up pending_request demand_exceed; no_slot no_available no_free > replica gpu worker instance available node server backend; model + warming loading starting; busy - sqlite database resource; insufficient sufficient > resource; peak elevated heavy high excessive > traffic demand load$`,
  'throttle rate_limit weak-code': `request_limit resource > exhaust exceed reach; too_many > call attempt connection message request; too_many_token + wait; cooling; burst per_second per_minute per_hour rate_limit too_frequent too_fast per_sec frequency slow_down throttl too_often tpm ratelimit too_quick qps per_min request_rate rpm otpm rate_exceed; concurren + ${used} max many quota`,
  'quota quota weak-code': `allowance quota allocation + error ${used}`,
};
