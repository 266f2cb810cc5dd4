// Written by `npm run generate` from the schemas of /prompts: what each prompt takes and gives, named as on the wire. Not to be changed
// by hand; a test holds it to the files.

/** What a caller gives to exercise_generation. */
export type ExerciseGenerationInput = {
  readonly language: string;
  readonly skill_level?: 'beginner' | 'intermediate' | 'advanced' | null;
  readonly difficulty?: 'easy' | 'medium' | 'hard' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | null;
  readonly concepts: readonly string[];
  readonly interests?: readonly string[] | null;
  readonly learning_goals?: readonly string[] | null;
  readonly constraints?: {
    readonly max_minutes?: number | null;
    readonly allowed_imports?: readonly string[] | null;
    readonly reach?: readonly ('files' | 'network' | 'processes')[] | null;
  } | null;
  readonly avoid?: readonly string[] | null;
  readonly based_on?: string | null;
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type ExerciseGenerationVariables = {
  readonly language: string;
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  readonly difficulty: 'easy' | 'medium' | 'hard' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
  readonly concepts: readonly string[];
  readonly interests: readonly string[];
  readonly learning_goals: readonly string[];
  readonly constraints: {
    readonly max_minutes: number | null;
    readonly allowed_imports: readonly string[] | null;
    readonly reach: readonly ('files' | 'network' | 'processes')[];
  } | null;
  readonly avoid: readonly string[];
  readonly based_on: string | null;
  readonly locale: string;
};

/** What code works out of it for the template. */
export type ExerciseGenerationDerived = {
  readonly difficulty_of_ten: number;
  readonly most_minutes: number;
};

/** What the model writes. */
export type ExerciseGenerationWritten = {
  readonly internal: {
    readonly plan: string;
    readonly misconception: string;
  };
  readonly rules: readonly {
    readonly id: string;
    readonly text: string;
  }[];
  readonly title: string;
  readonly statement_md: string;
  readonly function_signature: string;
  readonly starter_code: string;
  readonly reference_solution: string;
  readonly tests: readonly {
    readonly name: string;
    readonly rule_id: string;
    readonly call: string;
    readonly expected_json: string | null;
    readonly raises: string | null;
    readonly hidden: boolean;
  }[];
  readonly hints: readonly {
    readonly level: number;
    readonly text: string;
  }[];
  readonly concepts: readonly string[];
  readonly estimated_minutes: number;
};

/** What is delivered. */
export type ExerciseGenerationData = {
  readonly title: string;
  readonly language: string;
  readonly statement_md: string;
  readonly rules: readonly {
    readonly id: string;
    readonly text: string;
  }[];
  readonly function_signature: string;
  readonly starter_code: string;
  readonly reference_solution: string;
  readonly tests: readonly {
    readonly name: string;
    readonly rule_id: string;
    readonly call: string;
    readonly expected_json: string | null;
    readonly raises: string | null;
    readonly hidden: boolean;
  }[];
  readonly hints: readonly {
    readonly level: number;
    readonly text: string;
  }[];
  readonly concepts: readonly string[];
  readonly estimated_minutes: number;
  readonly rendered_tests: {
    readonly framework: 'unittest' | 'jest';
    readonly code: string;
  } | null;
  readonly fingerprint: string;
  readonly difficulty_estimate: {
    readonly loc: number;
    readonly branches: number;
    readonly concepts: number;
  };
};

/** What a caller gives to hint_generation. */
export type HintGenerationInput = {
  readonly problem_statement: string;
  readonly code: string;
  readonly language: string;
  readonly starter_code?: string | null;
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
  readonly error?: string | null;
  readonly reference_solution?: string | null;
  readonly hint_level?: 'auto' | 1 | 2 | 3 | 4 | null;
  readonly hint_type?: 'plan' | 'debug' | 'optimize' | null;
  readonly previous_hints?: readonly string[] | null;
  readonly attempts?: number | null;
  readonly reflection?: string | null;
  readonly skill_level?: 'beginner' | 'intermediate' | 'advanced' | null;
  readonly concepts?: readonly string[] | null;
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type HintGenerationVariables = {
  readonly problem_statement: string;
  readonly code: string;
  readonly language: string;
  readonly starter_code: string | null;
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
  readonly error: string | null;
  readonly reference_solution: string | null;
  readonly hint_level: 'auto' | 1 | 2 | 3 | 4;
  readonly hint_type: 'plan' | 'debug' | 'optimize';
  readonly previous_hints: readonly string[];
  readonly attempts: number | null;
  readonly reflection: string | null;
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  readonly concepts: readonly string[];
  readonly locale: string;
};

/** What code works out of it for the template. */
export type HintGenerationDerived = {
  readonly level: number;
  readonly most_words: number;
  readonly failing: {
    readonly name: string;
    readonly input: string | null;
    readonly expected: string | null;
    readonly actual: string | null;
    readonly message: string | null;
  } | null;
  readonly passed_count: number;
  readonly test_count: number;
  readonly solution: string | null;
};

/** What the model writes. */
export type HintGenerationWritten = {
  readonly internal: {
    readonly diagnosis: string;
    readonly target_quote: string | null;
  };
  readonly hint: string;
  readonly question: string | null;
  readonly concept_ids: readonly string[];
};

/** What is delivered. */
export type HintGenerationData = {
  readonly hint: string;
  readonly question: string | null;
  readonly level: number;
  readonly next_level_available: boolean;
  readonly contains_code: boolean;
  readonly anchor: {
    readonly start_line: number;
    readonly end_line: number;
  } | null;
  readonly leak: {
    readonly similarity: number | null;
    readonly paste_gain: number | null;
    readonly verdict: 'passed' | 'skipped';
  };
  readonly evidence: {
    readonly failing_test: string;
    readonly input: string | null;
    readonly expected: string | null;
    readonly actual: string | null;
  } | null;
  readonly concept_ids: readonly string[];
};

/** Every prompt of /prompts by its name. */
export interface PromptDocuments {
  readonly exercise_generation: {
    readonly input: ExerciseGenerationInput;
    readonly variables: ExerciseGenerationVariables;
    readonly derived: ExerciseGenerationDerived;
    readonly written: ExerciseGenerationWritten;
    readonly data: ExerciseGenerationData;
  };
  readonly hint_generation: {
    readonly input: HintGenerationInput;
    readonly variables: HintGenerationVariables;
    readonly derived: HintGenerationDerived;
    readonly written: HintGenerationWritten;
    readonly data: HintGenerationData;
  };
}
