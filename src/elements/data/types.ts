import type { LedgerEvent as AnyLedgerEvent } from '../../core/tier/state.js';
import type { InstanceView } from '../../core/view/instance-view.js';

export type { InstanceView, TierView } from '../../core/view/instance-view.js';

/** A row that the server has read from its store, which has numbered it. */
export type LedgerEvent = AnyLedgerEvent & { readonly seq: number };

export type Permission = 'read' | 'operate' | 'configure';

export interface Hello {
  actor: string;
  can: Permission[];
  version: number;
  now: number;
}

export interface InstanceMessage {
  view: InstanceView;
  events: LedgerEvent[];
}

export interface HealthWindow {
  windowMs: number;
  count: number;
  /** 0 where the rule is not about a share of the calls: they are not counted then. */
  calls: number;
  ratio: number | null;
  limits: { count?: number; ratio?: number; minimumCalls?: number };
}

export type Target = string | { provider: string } | { all: true };

export interface HealthPause {
  target: Target;
  source: string;
  by: string;
  reason: string;
  rule?: string;
  since: number;
  clearSince: number | null;
  resumesAt: number | null;
}

export interface HealthRule {
  name: string;
  target: Target;
  tripped: boolean;
  windows: HealthWindow[];
}

export interface HealthStatus {
  enabled: boolean;
  pauses: HealthPause[];
  rules: HealthRule[];
  checkedAt: number | null;
  storeOk: boolean;
}

export interface Alert {
  id: string;
  check: string;
  category: string;
  severity: 'critical' | 'warning' | 'info';
  instance: string | null;
  domain: string | null;
  title: string;
  detail: string;
  evidence: Record<string, unknown>;
  firstSeenAt: number;
  lastSeenAt: number;
}

export interface Alerts {
  alerts: Alert[];
  total: number;
  checkedAt: number | null;
}

export interface ChainTier {
  provider: string;
  model: string;
  credential?: string;
  contextTokens?: number;
  order?: string;
}

export interface Ladder {
  initialMs: number;
  factor: number;
  maxMs: number;
}

export interface PolicyAnswer {
  triggers: string[];
  onExhausted: string;
  cooldown: Record<string, Ladder>;
  tokenBudget?: { limit: number; windowMs: number; count?: string; softLimit?: number; [more: string]: unknown };
  [more: string]: unknown;
}

export interface ConfigAnswer {
  version: number;
  by: string | null;
  at: number | null;
  chain: ChainTier[];
  policy: PolicyAnswer;
}
