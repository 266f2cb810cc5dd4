// A budget that runs out. What an answer can cost at worst is held before it is asked, so the refusal comes before the bill; as
// the rest gets small, max tokens is lowered to what it affords, and that is reported.
// Run: npx node examples/budget-refused.ts

import { fileURLToPath } from 'node:url';
import { BudgetExceededError, createLLMService, formatUsd, fromNanoUsd } from 'codementor-llm';

const env = { LOG_LEVEL: 'silent', LLM_CONFIG: fileURLToPath(new URL('budget.yaml', import.meta.url)) };
const service = await createLLMService({ dataDir: 'memory', env });
const messages = [{ role: 'user' as const, content: 'Explain recursion' }];

for (let asked = 1; asked <= 50; asked++) {
  try {
    const { costUsd, maxTokens } = await service.generateCompletion({ messages, userId: 'alice', cache: 'off' });
    const [money] = (await service.limits({ tenant: 'default', userId: 'alice' })).filter(
      (state) => state.window.name === 'usd_per_day',
    );
    const left = money === undefined ? '?' : formatUsd(fromNanoUsd(money.remaining));
    console.log(`answer ${asked}: $${costUsd}, $${left} left, max_tokens ${maxTokens?.sent ?? 'as asked'}`);
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error;
    console.log(`answer ${asked}: ${error.status} ${error.code}: ${error.message}`);
    break;
  }
}
await service.close();
