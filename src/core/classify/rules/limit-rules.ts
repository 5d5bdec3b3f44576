import type { TextRule } from './rule.js';

/** Money, capacity and throttles. */
export const limitRules: readonly TextRule[] = [
  {
    id: 'file-size',
    kind: 'invalid_request',
    words:
      'image file pdf audio video attachment document header cookie > exceed too_large too_big too_many larger max_size max_allow',
  },
  {
    id: 'max-tokens',
    kind: 'invalid_request',
    words:
      'max_token max_completion_token max_output_token maxoutputtoken max_new_token + large least most must greater less exceed invalid unsupport between range high small - context',
  },
  {
    id: 'quota-none',
    kind: 'quota',
    words:
      'limit_0; quota_exceeded_for + perday per_day permonth per_month; exceeded_your_current_quota + insufficient',
  },
  {
    id: 'throttle-metric',
    kind: 'rate_limit',
    words:
      'quota_exceeded_for_metric quota_exceeded_for_quota_metric not_your_usage; quota + minute perminute second persecond',
  },
  {
    id: 'balance',
    kind: 'quota',
    words:
      'balance credit fund wallet + insufficient low exhaust deplet enough used out required negative expired zero empty exceed purchase buy recharge add run ran afford need no deduct top_up more; insufficient_quota; arrear arrearage; overdue; past_due past_invoice; unpaid; recharge; top_up; payment_required payment_method payment_instrument payment_fail payment_due payment_overdue; afford; out_of_available; prepaid prepay prepayment; out_of + usage credit fund budget quota; saldo solde guthaben kontingent cuota',
  },
  {
    id: 'billing',
    kind: 'quota',
    words:
      'billing + hard disabled inactive not_active enabled enable suspend required not_been not_found closed; free trial > exhaust ended expired used_up consumed is_over; subscription plan > expired ended lapsed inactive',
  },
  {
    id: 'spend',
    kind: 'quota',
    words:
      'spend budget cost$ + limit cap exceed reach exhaust quota over max; extra_usage usage_credit + required; usage_not_included',
  },
  {
    id: 'window',
    kind: 'quota',
    words:
      'session daily weekly monthly annual yearly lifetime 5_hour five_hour 5h 7_day 5hour per_day per_week per_month perday today this_period this_week this_month current_period billing_cycle billing_period + limit quota cap allocation allowance neuron credit too_many exceed reached exhaust used - context; call_month call_per_month request_month; quota_will',
  },
  {
    id: 'usage-limit',
    kind: 'quota',
    words:
      'hit_your reached_your > limit - rate token rpm tpm concurren; usage_limit usage_cap usage_quota plan_limit plan_quota key_limit_exceed hard_limit; usage > exceed exhaust reached - rate; limit > plan subscription - rate request token',
  },
  {
    id: 'capacity',
    kind: 'overloaded',
    words:
      'overload; over_capacity at_capacity; capacity + no insufficient exceed limit reach unavailable exhaust full constraint available out lack maximum enough; high heavy peak elevated excessive > demand load$ traffic volume; busy + server service system model engine try please too currently; model > loading starting warming; loading_model is_loading still_loading; warming_up; cold_start; pending_request; queue + full exceed limit long; no_available no_free no_idle no_slot > worker instance replica slot gpu server backend node available; demand_exceed; not_ready',
  },
  {
    id: 'throttle',
    kind: 'rate_limit',
    weakAsCode: true,
    words:
      'rate_limit ratelimit rate_exceed; too_many_token + wait; too_many > request call concurrent connection attempt message; throttl; slow_down; per_minute per_min per_second per_sec per_hour + request token call image; request_rate call_rate token_rate increase_rate; concurren + limit exceed max many reach quota; rpm tpm qps rps itpm otpm; resource > exhaust; too_quick too_fast too_frequent too_often; frequency; limiting_request temporarily_limited; burst; request_limit > reach exceed; demasiadas_solicitudes zu_viele_anfragen trop_de_requ',
  },
  {
    id: 'quota',
    kind: 'quota',
    weakAsCode: true,
    words:
      'quota allocation allowance + exceed exhaust reach used hit over no insufficient out deplet consumed limit error; quotaexceeded',
  },
];
