import type { TextRules } from './rule.js';
import { closed, plans, used } from './word-sets.js';

/** Money, capacity and throttles. */
export const limitRules: TextRules = {
  'file-size invalid_request':
    'document pdf image audio video attachment file header > too_many max_allow exceed larger max_size too_large too_big',
  'max-tokens invalid_request':
    'max_output max_new max_token max_completion + between most least less high exceed small greater invalid unsupport range large must - context',
  'quota-none quota': 'limit_0; quota_exceeded_for + perday per_day per_month',
  'throttle-metric rate_limit':
    'not_your_usage quota_exceeded_for_metric; per_hour per_second per_minute > project; quota + second minute',
  'balance quota': `fund balance + ${used} empty low add expire enough require; out_of + budget usage quota; prepaid invoice afford unpaid payment deduct credit overdue out_of_available arrear recharge top_up past_due wallet - card`,
  'billing quota': `${plans} trial free > inactive expire ended consumed exhaust - key; billing + ${closed} not_active enable closed require not_found not_been hard`,
  'spend quota': `extra_usage + require; budget spend cost$ + ${used} max cap quota; usage_not_included`,
  'window quota':
    'request_month quota_will call_month; per_week per_day per_month > project; month year five_hour 5_hour 5h session week daily perday per_day billing_period today billing_cycle current_period 7_day + too_many reach exceed allocation allowance quota exhaust limit used cap - context',
  'usage-limit quota': `hit_your reached_your > limit - concurren token rpm tpm rate; key_limit_exceed plan_limit usage_limit usage_cap hard_limit usage_quota; usage > exhaust reach exceed - rate; limit > ${plans} - rate token request`,
  'capacity overloaded': `capacity - input context token; no_available no_free > available node server backend gpu instance worker replica; model + warming starting loading; queue not_ready overload warming_up pending_request slot$ demand_exceed; heavy peak high excessive elevated > load$ demand traffic; busy - database resource sqlite`,
  'throttle rate_limit weak-code': `concurren + ${used} many max quota; too_many > connection request message call concurrent attempt; request_limit resource > exhaust reach exceed; per_hour request_rate too_often rpm tpm ratelimit qps too_quick per_second per_min otpm frequency rate_limit too_frequent too_fast burst slow_down throttl per_minute rate_exceed per_sec; too_many_token + wait`,
  'quota quota weak-code': `allocation allowance quota + ${used} error`,
};
