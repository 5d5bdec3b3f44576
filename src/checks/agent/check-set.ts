import type { CheckName } from '../../core/alert.js';
import type { CheckOptions } from '../check-options.js';
import { costSpike } from '../checks/cost-spike.js';
import { domainRejectionPattern } from '../checks/domain-rejection-pattern.js';
import { dormantAgent } from '../checks/dormant-agent.js';
import { qualityRegression } from '../checks/quality-regression.js';
import { rejectionSpike } from '../checks/rejection-spike.js';
import { stuckLoop } from '../checks/stuck-loop.js';
import { throughputAnomaly } from '../checks/throughput-anomaly.js';
import type { AgentCheck } from './agent-check.js';

/** The checks of single agents among those asked for. The two of the ledger fold nothing. */
export function agentChecks(names: readonly CheckName[], options: CheckOptions): AgentCheck[] {
  const all: AgentCheck[] = [
    dormantAgent(options['dormant-agent']),
    qualityRegression(options['quality-regression']),
    throughputAnomaly(options['throughput-anomaly']),
    rejectionSpike(options['rejection-spike']),
    stuckLoop(options['stuck-loop']),
    costSpike(options['cost-spike']),
    domainRejectionPattern,
  ];
  return all.filter((check) => names.includes(check.name));
}
