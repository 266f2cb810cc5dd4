// Written by `npm run generate` from the schemas of /prompts: what each prompt takes and gives, named as on the wire. Not to be changed
// by hand; a test holds it to the files.

/** What a caller gives to code_review. */
export type CodeReviewInput = {
  /** One program; give this or files. */
  readonly code?: string | null;
  /** Of the code, and of files that name none. */
  readonly language?: string | null;
  /** Several files instead of code; 256 KB in all. */
  readonly files?:
    | readonly {
        readonly path: string;
        readonly content: string;
        readonly language?: string | null;
      }[]
    | null;
  /** Told to the model as a fact; nothing is fetched from it. */
  readonly repository_url?: string | null;
  /** What changed; comments still quote the files. */
  readonly diff?: string | null;
  readonly problem_statement?: string | null;
  readonly learning_goals?: readonly string[] | null;
  readonly skill_level?: 'beginner' | 'intermediate' | 'advanced' | null;
  /** What to look for above all; left out, everything. */
  readonly focus?:
    | readonly ('correctness' | 'readability' | 'idiom' | 'design' | 'performance' | 'security' | 'testing')[]
    | null;
  readonly max_comments?: number | null;
  /** Whether comments may bring the corrected code. */
  readonly reveal_fixes?: boolean | null;
  /** From the platform's own run. Verdict and score come from these alone. */
  readonly test_results?:
    | readonly {
        readonly name: string;
        readonly status: 'passed' | 'failed' | 'error' | 'skipped';
        readonly input?: string | null;
        readonly expected?: string | null;
        readonly actual?: string | null;
        readonly message?: string | null;
      }[]
    | null;
  /** BCP 47: the language of the answer. */
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type CodeReviewVariables = {
  /** One program; give this or files. */
  readonly code: string | null;
  /** Of the code, and of files that name none. */
  readonly language: string | null;
  /** Several files instead of code; 256 KB in all. */
  readonly files:
    | readonly {
        readonly path: string;
        readonly content: string;
        readonly language: string | null;
      }[]
    | null;
  /** Told to the model as a fact; nothing is fetched from it. */
  readonly repository_url: string | null;
  /** What changed; comments still quote the files. */
  readonly diff: string | null;
  readonly problem_statement: string | null;
  readonly learning_goals: readonly string[];
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  /** What to look for above all; left out, everything. */
  readonly focus: readonly (
    | 'correctness'
    | 'readability'
    | 'idiom'
    | 'design'
    | 'performance'
    | 'security'
    | 'testing'
  )[];
  readonly max_comments: number;
  /** Whether comments may bring the corrected code. */
  readonly reveal_fixes: boolean;
  /** From the platform's own run. Verdict and score come from these alone. */
  readonly test_results:
    | readonly {
        readonly name: string;
        readonly status: 'passed' | 'failed' | 'error' | 'skipped';
        readonly input: string | null;
        readonly expected: string | null;
        readonly actual: string | null;
        readonly message: string | null;
      }[]
    | null;
  /** BCP 47: the language of the answer. */
  readonly locale: string;
};

/** What code works out of it for the template. */
export type CodeReviewDerived = {
  readonly sources: readonly {
    readonly path: string;
    readonly language: string | null;
    readonly content: string;
  }[];
  /** Null: none were given. */
  readonly tests: {
    readonly passed: number;
    readonly failed: number;
    /** The first few, their long values cut in the middle. */
    readonly failing: readonly {
      readonly name: string;
      readonly input: string | null;
      readonly expected: string | null;
      readonly actual: string | null;
      readonly message: string | null;
    }[];
  } | null;
};

/** What the model writes. */
export type CodeReviewWritten = {
  readonly internal: {
    /** Private: what the code does, traced with one input. */
    readonly overview: string;
  };
  readonly comments: readonly {
    readonly path: string;
    /** Copied from the file; null: about the whole file. */
    readonly quote: string | null;
    readonly category: 'correctness' | 'readability' | 'idiom' | 'design' | 'performance' | 'security' | 'testing';
    readonly kind: 'essential' | 'actionable' | 'informative' | 'celebratory';
    readonly severity: 'error' | 'warning' | 'info';
    readonly title: string;
    readonly explanation: string;
    readonly question: string | null;
    readonly suggestion: {
      /** Stands for the quoted lines. */
      readonly replacement: string;
    } | null;
    readonly rule_id: string | null;
    readonly concept_id: string | null;
    readonly confidence: 'low' | 'medium' | 'high';
  }[];
  readonly strengths: readonly string[];
  readonly next_steps: readonly string[];
  readonly summary: string;
};

/** What is delivered. */
export type CodeReviewData = {
  readonly comments: readonly {
    readonly path: string;
    /** From 1; null: about the whole file. */
    readonly start_line: number | null;
    /** Inclusive. */
    readonly end_line: number | null;
    /** The lines as they stand in the file. */
    readonly quote: string | null;
    readonly category: 'correctness' | 'readability' | 'idiom' | 'design' | 'performance' | 'security' | 'testing';
    readonly kind: 'essential' | 'actionable' | 'informative' | 'celebratory';
    readonly severity: 'error' | 'warning' | 'info';
    readonly title: string;
    readonly explanation: string;
    readonly question: string | null;
    readonly suggestion: {
      readonly replacement: string;
    } | null;
    readonly rule_id: string | null;
    readonly concept_id: string | null;
    readonly confidence: 'low' | 'medium' | 'high';
    /** Whether running the code bore it out. */
    readonly verified: boolean;
  }[];
  readonly strengths: readonly string[];
  readonly next_steps: readonly string[];
  readonly summary: string;
  /** From the given results alone; null: none were given. */
  readonly tests: {
    readonly verdict: 'pass' | 'partial' | 'fail' | 'error';
    readonly score: number;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
  } | null;
  /** For the teacher, not for the learner. They change nothing else. */
  readonly teacher_notes: readonly {
    readonly kind: 'injection_suspected' | 'hidden_characters';
    readonly path: string;
    readonly line: number | null;
    readonly note: string;
  }[];
};

/** What a caller gives to feedback_generation. */
export type FeedbackGenerationInput = {
  readonly problem_statement: string;
  readonly code: string;
  readonly language: string;
  /** From the platform's own run. Verdict, score and points come from these alone. */
  readonly test_results: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed' | 'error' | 'skipped';
    readonly input?: string | null;
    readonly expected?: string | null;
    readonly actual?: string | null;
    readonly message?: string | null;
  }[];
  /** Of the attempt before this one; from them comes what is newly passing. */
  readonly previous_results?:
    | readonly {
        readonly name: string;
        readonly status: 'passed' | 'failed' | 'error' | 'skipped';
      }[]
    | null;
  /** What the run said where it stopped, such as a syntax error. */
  readonly error?: string | null;
  /** This one included. */
  readonly attempts?: number | null;
  readonly previous_score?: number | null;
  readonly learning_goals?: readonly string[] | null;
  readonly skill_level?: 'beginner' | 'intermediate' | 'advanced' | null;
  /** What the exercise practises. Evidence of mastery is taken for these alone, where any are given. */
  readonly concept_ids?: readonly string[] | null;
  readonly rubric?:
    | readonly {
        readonly id: string;
        readonly text: string;
        readonly max_points: number;
        /** Points are given for tests alone; the others wait for a person. */
        readonly check: 'tests' | 'ast' | 'llm';
        /** The tests that decide it; left out: all. */
        readonly tests?: readonly string[] | null;
      }[]
    | null;
  readonly starter_code?: string | null;
  /** Never in the prompt; feedback that shows what only it holds is not delivered. */
  readonly reference_solution?: string | null;
  /** BCP 47: the language of the answer. */
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type FeedbackGenerationVariables = {
  readonly problem_statement: string;
  readonly code: string;
  readonly language: string;
  /** From the platform's own run. Verdict, score and points come from these alone. */
  readonly test_results: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed' | 'error' | 'skipped';
    readonly input: string | null;
    readonly expected: string | null;
    readonly actual: string | null;
    readonly message: string | null;
  }[];
  /** Of the attempt before this one; from them comes what is newly passing. */
  readonly previous_results: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed' | 'error' | 'skipped';
  }[];
  /** What the run said where it stopped, such as a syntax error. */
  readonly error: string | null;
  /** This one included. */
  readonly attempts: number;
  readonly previous_score: number | null;
  readonly learning_goals: readonly string[];
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  /** What the exercise practises. Evidence of mastery is taken for these alone, where any are given. */
  readonly concept_ids: readonly string[];
  readonly rubric: readonly {
    readonly id: string;
    readonly text: string;
    readonly max_points: number;
    /** Points are given for tests alone; the others wait for a person. */
    readonly check: 'tests' | 'ast' | 'llm';
    /** The tests that decide it; left out: all. */
    readonly tests: readonly string[];
  }[];
  readonly starter_code: string | null;
  /** Never in the prompt; feedback that shows what only it holds is not delivered. */
  readonly reference_solution: string | null;
  /** BCP 47: the language of the answer. */
  readonly locale: string;
};

/** What code works out of it for the template. */
export type FeedbackGenerationDerived = {
  readonly verdict: 'pass' | 'partial' | 'fail' | 'error';
  readonly tests: {
    readonly passed: number;
    readonly failed: number;
    /** The first few, their long values cut in the middle. */
    readonly failing: readonly {
      readonly name: string;
      readonly input: string | null;
      readonly expected: string | null;
      readonly actual: string | null;
      readonly message: string | null;
    }[];
  };
  readonly newly_passing: readonly string[];
  readonly newly_failing: readonly string[];
  readonly score_change: 'better' | 'same' | 'worse' | 'unknown';
};

/** What the model writes. */
export type FeedbackGenerationWritten = {
  readonly internal: {
    /** Private: why the first failing test fails. */
    readonly root_cause: string;
  };
  readonly summary: string;
  readonly what_went_well: readonly string[];
  readonly issues: readonly {
    /** Copied from the code; null: something is missing from it. */
    readonly quote: string | null;
    readonly explanation: string;
    readonly concept_id: string | null;
    readonly next_action: string;
  }[];
  readonly next_step: string;
  readonly encouragement: string;
  readonly rubric_comments: readonly {
    readonly id: string;
    readonly comment: string;
  }[];
  readonly mastery_evidence: readonly {
    readonly concept_id: string;
    readonly signal: -1 | 0 | 1;
    readonly quote: string;
  }[];
};

/** What is delivered. */
export type FeedbackGenerationData = {
  readonly verdict: 'pass' | 'partial' | 'fail' | 'error';
  /** Passing tests by tests that ran. */
  readonly score: number;
  readonly tests: {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly results: readonly {
      readonly name: string;
      readonly status: 'passed' | 'failed' | 'error' | 'skipped';
    }[];
  };
  readonly progress: {
    readonly newly_passing: readonly string[];
    readonly newly_failing: readonly string[];
    /** Null: no score of before is known. */
    readonly score_change: number | null;
  };
  readonly summary: string;
  readonly what_went_well: readonly string[];
  readonly issues: readonly {
    /** The lines as they stand in the code. */
    readonly quote: string | null;
    readonly start_line: number | null;
    readonly end_line: number | null;
    readonly explanation: string;
    readonly concept_id: string | null;
    readonly next_action: string;
    /** True wherever the verdict is pass. */
    readonly optional: boolean;
  }[];
  readonly next_step: string;
  readonly encouragement: string;
  readonly rubric: readonly {
    readonly id: string;
    readonly max_points: number;
    /** Null: tests do not decide it, and a model never does. */
    readonly points: number | null;
    readonly decided_by: 'tests' | null;
    readonly comment: string | null;
  }[];
  readonly mastery_evidence: readonly {
    readonly concept_id: string;
    readonly signal: -1 | 0 | 1;
    readonly quote: string;
    readonly start_line: number;
    readonly end_line: number;
  }[];
  /** For the teacher, not for the learner. They change nothing else. */
  readonly teacher_notes: readonly {
    readonly kind: 'injection_suspected' | 'hidden_characters';
    readonly path: string;
    readonly line: number | null;
    readonly note: string;
  }[];
};

/** Every prompt of /prompts by its name. */
export interface PromptDocuments {
  readonly code_review: {
    readonly input: CodeReviewInput;
    readonly variables: CodeReviewVariables;
    readonly derived: CodeReviewDerived;
    readonly written: CodeReviewWritten;
    readonly data: CodeReviewData;
  };
  readonly feedback_generation: {
    readonly input: FeedbackGenerationInput;
    readonly variables: FeedbackGenerationVariables;
    readonly derived: FeedbackGenerationDerived;
    readonly written: FeedbackGenerationWritten;
    readonly data: FeedbackGenerationData;
  };
}
