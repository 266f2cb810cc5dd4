// The place of a sandbox. Nothing here runs code: until a runner stands here, whatever a check would have to run for is told as skipped,
// and what a prompt delivers is verified `partly` at best.

export interface CodeRunner {
  /** The languages that it runs, as the prompts name them: `python`, `javascript`, `typescript`. */
  readonly languages: readonly string[];
  /** Resolves with what came of it, also when the program fails or does not end; rejects only when the runner itself is broken. */
  run(program: Program, limits: RunLimits, signal: AbortSignal): Promise<RunReport>;
}

export interface Program {
  readonly language: string;
  /** Text by path; the first is the one that is run. */
  readonly files: ReadonlyMap<string, string>;
}

export interface RunLimits {
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  /** Of each stream; what is over it is cut. */
  readonly outputBytes: number;
}

export interface RunReport {
  readonly outcome: 'ended' | 'timed-out' | 'out-of-memory';
  /** Null: it did not end by itself. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}
