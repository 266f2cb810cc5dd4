// One case of conformance: something that a vendor does, by evidence of it, and a run that throws when we read it otherwise.

/** In the order of the published table. */
export const FEATURES = {
  whole: 'Whole',
  stream: 'Stream',
  tools: 'Tools',
  parallel: 'Parallel tools',
  streamedTools: 'Streamed tools',
  schema: 'JSON schema',
  images: 'Images',
  reasoning: 'Reasoning',
  usage: 'Usage',
  cached: 'Cached usage',
  cancel: 'Cancel',
  wait: 'Retry headers',
  errors: 'Error map',
} as const;

export type Feature = keyof typeof FEATURES;

/** `recorded`: traffic of the vendor; `written`: fixtures and requests by its documents; `mock`: a server that speaks its dialect. */
export type Source = 'recorded' | 'written' | 'mock';

export interface Case {
  /** Of a row of the table. */
  readonly vendor: string;
  readonly feature: Feature;
  readonly source: Source;
  readonly name: string;
  /** The vendor lacks it, and the case is that we refuse it. */
  readonly isRefusal?: true;
  /** Throws, or rejects, when it fails. */
  run(): void | Promise<void>;
}

/** Several features of one answer are judged by one look at it. */
export function once(judge: () => void): () => void {
  let failure: { readonly thrown: unknown } | null = null;
  let isJudged = false;
  return () => {
    if (!isJudged) {
      isJudged = true;
      try {
        judge();
      } catch (thrown) {
        failure = { thrown };
      }
    }
    if (failure !== null) throw failure.thrown;
  };
}
