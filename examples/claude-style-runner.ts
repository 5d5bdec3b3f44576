import { createFailover, createMemoryStore, resolveWithFallback } from 'tierfall';
import { createActivityLog, failureReport, renderFailureReport } from 'tierfall/checks';

// An agent loop that asks a model, runs the tools it wants, hands the results back, and goes on until it is done. Each task
// is recorded with its outcome, so that checks and reports see what the agent does. The model here is a script.

type Message = { role: 'user' | 'assistant' | 'tool'; content: string };
type Turn = { tool: string; input: string } | { answer: string };

const store = createMemoryStore();
const failover = createFailover({ chain: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5.2'], store });
const log = createActivityLog({ store });

/** Stands in for a provider's SDK. */
async function askModel(model: string, messages: readonly Message[]): Promise<Turn> {
  if (model.startsWith('claude') && messages.length > 4) throw Object.assign(new Error('Overloaded'), { status: 529 });
  const results = messages.filter(({ role }) => role === 'tool').length;
  return results < 2 ? { tool: 'read_file', input: `part-${results + 1}.txt` } : { answer: '{"total": "12,50"}' };
}

const tools: Record<string, (input: string) => Promise<string>> = {
  read_file: async (input) => `content of ${input}`,
};

/** Who judges the work: here a schema that wants a number. */
function judge(answer: string): { ok: boolean; reason?: string } {
  const total: unknown = (JSON.parse(answer) as { total?: unknown }).total;
  return typeof total === 'number' ? { ok: true } : { ok: false, reason: 'total: expected number, got string' };
}

async function runTask(instance: string, task: string, domain: string): Promise<void> {
  const startedAt = Date.now();
  const messages: Message[] = [{ role: 'user', content: task }];
  let tier = '';
  try {
    for (let turn = 0; turn < 10; turn++) {
      const { value, tier: used } = await resolveWithFallback(
        failover,
        async ({ model }) => askModel(model, messages),
        {
          instance,
        },
      );
      tier = `${used.provider}/${used.model}`;
      if ('answer' in value) {
        const { ok, reason } = judge(value.answer);
        const outcome = ok ? 'accepted' : 'rejected';
        log.record({
          instance,
          task,
          domain,
          outcome,
          reason,
          tier,
          resultHash: value.answer,
          durationMs: Date.now() - startedAt,
        });
        return;
      }
      messages.push({ role: 'assistant', content: value.tool });
      messages.push({ role: 'tool', content: (await tools[value.tool]?.(value.input)) ?? 'no such tool' });
    }
    log.record({ instance, task, domain, outcome: 'failed', reason: 'too many turns', tier });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    log.record({ instance, task, domain, outcome: 'failed', reason, ...(tier === '' ? {} : { tier }) });
  }
}

for (let invoice = 1; invoice <= 6; invoice++) await runTask('invoice-bot', `extract-invoice ${invoice}`, 'invoices');
await log.flush();

const report = await failureReport(log.source, { instance: 'invoice-bot' });
console.log(report ? renderFailureReport(report) : 'nothing was rejected');
await failover.close();
await log.close();
