import type { TextRules } from './rule.js';
import { closed, plans, used } from './word-sets.js';

/** Money, capacity and throttles. */
export const limitRules: TextRules = {
  'file-size invalid_request':
    'file document pdf image audio video attachment header > too_many max_allow max_size too_large too_big exceed larger',
  'max-tokens invalid_request':
    'max_new max_output max_completion max_token + high exceed large must least between range most less small greater invalid unsupport - context',
  'quota-none quota': 'quota_exceeded_for + perday per_day per_month; limit_0',
  'throttle-metric rate_limit':
    'quota + second minute; per_second per_minute per_hour > project tier; not_your_usage quota_exceeded_for_metric',
  'balance quota': `balance wallet fund + low add expire enough empty ${used} require; out_of_available past_invoice arrear overdue past_due payment_method non_payment credit afford payment_required unpaid payment_instrument prepaid payment_fail deduct recharge top_up - card charged refund; out_of + budget usage quota`,
  'billing quota': `${plans} trial free > exhaust expire ended consumed inactive - key; billing + ${closed} enable not_active require not_found not_been hard closed`,
  'spend quota': `cost$ spend budget + ${used} max cap quota - context token; extra_usage + require; usage_not_included`,
  'window quota':
    'quota_will request_month call_month; per_day per_month per_week > project; perday per_day billing_cycle daily billing_period five_hour 5_hour 5h current_period 7_day session week year today month + limit exceed reach exhaust used cap allowance quota allocation too_many - context',
  'usage-limit quota': `limit > ${plans} - rate request token; usage > exhaust exceed reach - rate; reached_your hit_your > limit - concurren tpm rate rpm token; hard_limit usage_limit usage_cap key_limit_exceed plan_limit usage_quota`,
  'capacity overloaded': `capacity - input context token; slot queue + limit exceed full long; not_ready overload warming_up pending_request demand_exceed; no_slot no_available no_free > gpu worker instance backend available node server replica; model + warming loading starting; busy - sqlite database resource; insufficient sufficient > resource; elevated peak heavy high excessive > traffic demand load$`,
  'throttle rate_limit weak-code': `request_limit resource > exhaust exceed reach; too_many > connection message request attempt call - per_request; too_many_token + wait; cooling; burst per_second per_minute per_hour rate_limit too_fast per_sec per_min qps too_often tpm ratelimit too_frequent too_quick request_rate rpm otpm rate_exceed throttl slow_down frequency; concurren + ${used} max many quota`,
  'quota quota weak-code': `allowance quota allocation + error ${used}`,
};
