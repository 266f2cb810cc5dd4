// Evaluations, for the command line and for programs: `import { evaluate, SUITES } from 'codementor-llm/eval'`.

export { type Evaluation, type EvaluationOptions, evaluate } from './evaluate.ts';
export { EvaluationError } from './evaluation-error.ts';
export { type Gates, readGates } from './gates.ts';
export { type RecordedAsk, Recording, recordLine } from './recording.ts';
export { type ModelReport, type Report, reportSchema } from './report.ts';
export type { Progress } from './run.ts';
export type { AskPrompt, EvalCase, Scores, Suite, Told } from './suite.ts';
export { SUITES } from './suites.ts';
