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
    /** In English. */
    readonly note: string;
  }[];
};

/** What a caller gives to concept_explanation. */
export type ConceptExplanationInput = {
  /** An id of the course or a few words. */
  readonly concept: string;
  readonly language: string;
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  readonly interests?: readonly string[] | null;
  /** What the student is looking at. */
  readonly context_code?: string | null;
  readonly known_concepts?: readonly string[] | null;
  /** The concepts of the course; prerequisites and related concepts are taken from these and the known ones. */
  readonly course_concepts?: readonly string[] | null;
  readonly style?: 'short' | 'standard' | 'deep' | null;
  readonly analogy?: boolean | null;
  /** BCP 47: the language of the answer. */
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type ConceptExplanationVariables = {
  /** An id of the course or a few words. */
  readonly concept: string;
  readonly language: string;
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  readonly interests: readonly string[];
  /** What the student is looking at. */
  readonly context_code: string | null;
  readonly known_concepts: readonly string[];
  /** The concepts of the course; prerequisites and related concepts are taken from these and the known ones. */
  readonly course_concepts: readonly string[];
  readonly style: 'short' | 'standard' | 'deep';
  readonly analogy: boolean;
  /** BCP 47: the language of the answer. */
  readonly locale: string;
};

/** What code works out of it for the template. */
export type ConceptExplanationDerived = {
  readonly min_words: number;
  readonly max_words: number;
};

/** What the model writes. */
export type ConceptExplanationWritten = {
  readonly internal: {
    readonly misconception: string;
  };
  readonly definition: string;
  readonly explanation_md: string;
  readonly analogy: {
    readonly text: string;
    readonly limits: string;
  } | null;
  readonly examples: readonly {
    readonly code: string;
    readonly expected_output: string;
    readonly note: string;
  }[];
  readonly common_mistakes: readonly {
    readonly wrong_code: string;
    readonly what_happens: string;
    readonly why: string;
  }[];
  readonly check_question: {
    readonly prompt: string;
    readonly options: readonly string[];
    readonly correct_index: number;
    readonly explanation: string;
  };
  readonly prerequisites: readonly string[];
  readonly related: readonly string[];
};

/** What is delivered. */
export type ConceptExplanationData = {
  readonly definition: string;
  readonly explanation_md: string;
  readonly analogy: {
    readonly text: string;
    readonly limits: string;
  } | null;
  readonly examples: readonly {
    readonly code: string;
    readonly expected_output: string;
    readonly note: string;
  }[];
  readonly common_mistakes: readonly {
    readonly wrong_code: string;
    readonly what_happens: string;
    readonly why: string;
  }[];
  readonly check_question: {
    readonly prompt: string;
    readonly options: readonly string[];
    readonly correct_index: number;
    readonly explanation: string;
  };
  readonly prerequisites: readonly string[];
  readonly related: readonly string[];
};

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
    /** In English. */
    readonly note: string;
  }[];
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
  /** auto: the highest rung that was earned. A number can only lower it: nobody asks for more than was earned. */
  readonly hint_level?: 'auto' | 1 | 2 | 3 | 4 | null;
  readonly hint_type?: 'plan' | 'debug' | 'optimize' | null;
  /** The hints that the student had for this task, oldest first: each is a rung further, and none is said again. */
  readonly previous_hints?: readonly string[] | null;
  /** How often the student ran or handed in their code. From 3 on it is a rung further; 0: not begun, at most rung 2. */
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
  /** auto: the highest rung that was earned. A number can only lower it: nobody asks for more than was earned. */
  readonly hint_level: 'auto' | 1 | 2 | 3 | 4;
  readonly hint_type: 'plan' | 'debug' | 'optimize';
  /** The hints that the student had for this task, oldest first: each is a rung further, and none is said again. */
  readonly previous_hints: readonly string[];
  /** How often the student ran or handed in their code. From 3 on it is a rung further; 0: not begun, at most rung 2. */
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

/** What a caller gives to onboarding_interview. */
export type OnboardingInterviewInput = {
  /** Everything said so far, the newest last, never shortened at its start, since evidence counts messages from there. */
  readonly history?:
    | readonly {
        readonly role: 'user' | 'assistant';
        readonly content: string;
      }[]
    | null;
  /** The `profile` of the turn before, or what is known otherwise. */
  readonly profile_so_far?: {
    readonly goals?:
      | readonly {
          readonly text: string;
          readonly horizon_weeks: number | null;
        }[]
      | null;
    readonly experience?:
      | readonly {
          readonly language: string;
          readonly level: 'beginner' | 'intermediate' | 'advanced' | null;
          readonly years: number | null;
        }[]
      | null;
    readonly skill_level?: 'beginner' | 'intermediate' | 'advanced' | null;
    readonly interests?: readonly string[] | null;
    readonly minutes_per_week?: number | null;
    readonly deadline?: string | null;
    readonly environment?: {
      readonly os: string | null;
      readonly editor: string | null;
      readonly device: string | null;
    } | null;
    readonly locale?: string | null;
    readonly accommodations?: readonly string[] | null;
    readonly concepts_known?: readonly string[] | null;
    readonly concepts_unsure?: readonly string[] | null;
    readonly motivation?: string | null;
    /** Whence each value is; the newest for each. */
    readonly evidence?:
      | readonly {
          readonly field:
            | 'goals'
            | 'experience'
            | 'interests'
            | 'minutes_per_week'
            | 'deadline'
            | 'os'
            | 'editor'
            | 'device'
            | 'locale'
            | 'accommodations'
            | 'concepts_known'
            | 'concepts_unsure'
            | 'motivation';
          readonly value: string;
          readonly message_index: number;
          readonly quote: string;
          readonly confidence: 'low' | 'medium' | 'high';
        }[]
      | null;
  } | null;
  /** The `asked_fields` of the turn before. */
  readonly asked_fields?:
    | readonly (
        | 'goals'
        | 'experience'
        | 'skill_probe'
        | 'interests'
        | 'minutes_per_week'
        | 'deadline'
        | 'environment'
        | 'concepts'
        | 'motivation'
      )[]
    | null;
  readonly required_fields?:
    | readonly (
        | 'goals'
        | 'experience'
        | 'skill_probe'
        | 'interests'
        | 'minutes_per_week'
        | 'deadline'
        | 'environment'
        | 'concepts'
        | 'motivation'
      )[]
    | null;
  readonly max_turns?: number | null;
  /** BCP 47: the language of the questions. */
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type OnboardingInterviewVariables = {
  /** Everything said so far, the newest last, never shortened at its start, since evidence counts messages from there. */
  readonly history: readonly {
    readonly role: 'user' | 'assistant';
    readonly content: string;
  }[];
  /** The `profile` of the turn before, or what is known otherwise. */
  readonly profile_so_far: {
    readonly goals:
      | readonly {
          readonly text: string;
          readonly horizon_weeks: number | null;
        }[]
      | null;
    readonly experience:
      | readonly {
          readonly language: string;
          readonly level: 'beginner' | 'intermediate' | 'advanced' | null;
          readonly years: number | null;
        }[]
      | null;
    readonly skill_level: 'beginner' | 'intermediate' | 'advanced' | null;
    readonly interests: readonly string[] | null;
    readonly minutes_per_week: number | null;
    readonly deadline: string | null;
    readonly environment: {
      readonly os: string | null;
      readonly editor: string | null;
      readonly device: string | null;
    } | null;
    readonly locale: string | null;
    readonly accommodations: readonly string[] | null;
    readonly concepts_known: readonly string[] | null;
    readonly concepts_unsure: readonly string[] | null;
    readonly motivation: string | null;
    /** Whence each value is; the newest for each. */
    readonly evidence:
      | readonly {
          readonly field:
            | 'goals'
            | 'experience'
            | 'interests'
            | 'minutes_per_week'
            | 'deadline'
            | 'os'
            | 'editor'
            | 'device'
            | 'locale'
            | 'accommodations'
            | 'concepts_known'
            | 'concepts_unsure'
            | 'motivation';
          readonly value: string;
          readonly message_index: number;
          readonly quote: string;
          readonly confidence: 'low' | 'medium' | 'high';
        }[]
      | null;
  } | null;
  /** The `asked_fields` of the turn before. */
  readonly asked_fields: readonly (
    | 'goals'
    | 'experience'
    | 'skill_probe'
    | 'interests'
    | 'minutes_per_week'
    | 'deadline'
    | 'environment'
    | 'concepts'
    | 'motivation'
  )[];
  readonly required_fields: readonly (
    | 'goals'
    | 'experience'
    | 'skill_probe'
    | 'interests'
    | 'minutes_per_week'
    | 'deadline'
    | 'environment'
    | 'concepts'
    | 'motivation'
  )[];
  readonly max_turns: number;
  /** BCP 47: the language of the questions. */
  readonly locale: string;
};

/** What code works out of it for the template. */
export type OnboardingInterviewDerived = {
  /** How many questions were asked. */
  readonly turn: number;
  readonly open_fields: readonly (
    | 'goals'
    | 'experience'
    | 'skill_probe'
    | 'interests'
    | 'minutes_per_week'
    | 'deadline'
    | 'environment'
    | 'concepts'
    | 'motivation'
  )[];
  readonly probe_code: string | null;
};

/** What the model writes. */
export type OnboardingInterviewWritten = {
  readonly internal: {
    readonly reading: string;
  };
  readonly profile_delta: readonly {
    readonly field:
      | 'goals'
      | 'experience'
      | 'interests'
      | 'minutes_per_week'
      | 'deadline'
      | 'os'
      | 'editor'
      | 'device'
      | 'locale'
      | 'accommodations'
      | 'concepts_known'
      | 'concepts_unsure'
      | 'motivation';
    readonly value: string;
    readonly number: number | null;
    readonly level: 'beginner' | 'intermediate' | 'advanced' | null;
    readonly evidence: {
      readonly message_index: number;
      readonly quote: string;
    };
    readonly confidence: 'low' | 'medium' | 'high';
  }[];
  readonly field_targeted:
    | 'goals'
    | 'experience'
    | 'skill_probe'
    | 'interests'
    | 'minutes_per_week'
    | 'deadline'
    | 'environment'
    | 'concepts'
    | 'motivation'
    | null;
  readonly next_question: string | null;
  readonly quick_replies: readonly string[];
};

/** What is delivered. */
export type OnboardingInterviewData = {
  /** Null: the interview is over. */
  readonly next_question: string | null;
  readonly field_targeted:
    | 'goals'
    | 'experience'
    | 'skill_probe'
    | 'interests'
    | 'minutes_per_week'
    | 'deadline'
    | 'environment'
    | 'concepts'
    | 'motivation'
    | null;
  readonly quick_replies: readonly string[];
  readonly done: boolean;
  /** How many questions were asked before this one. */
  readonly turn: number;
  /** To be given back with the next turn. */
  readonly asked_fields: readonly (
    | 'goals'
    | 'experience'
    | 'skill_probe'
    | 'interests'
    | 'minutes_per_week'
    | 'deadline'
    | 'environment'
    | 'concepts'
    | 'motivation'
  )[];
  readonly profile_delta: readonly {
    readonly field:
      | 'goals'
      | 'experience'
      | 'interests'
      | 'minutes_per_week'
      | 'deadline'
      | 'os'
      | 'editor'
      | 'device'
      | 'locale'
      | 'accommodations'
      | 'concepts_known'
      | 'concepts_unsure'
      | 'motivation';
    readonly value: string;
    readonly number: number | null;
    readonly level: 'beginner' | 'intermediate' | 'advanced' | null;
    readonly evidence: {
      readonly message_index: number;
      readonly quote: string;
    };
    readonly confidence: 'low' | 'medium' | 'high';
  }[];
  readonly profile: {
    readonly goals: readonly {
      readonly text: string;
      readonly horizon_weeks: number | null;
    }[];
    readonly experience: readonly {
      readonly language: string;
      readonly level: 'beginner' | 'intermediate' | 'advanced' | null;
      readonly years: number | null;
    }[];
    readonly skill_level: 'beginner' | 'intermediate' | 'advanced' | null;
    readonly interests: readonly string[];
    readonly minutes_per_week: number | null;
    readonly deadline: string | null;
    readonly environment: {
      readonly os: string | null;
      readonly editor: string | null;
      readonly device: string | null;
    };
    readonly locale: string | null;
    readonly accommodations: readonly string[];
    readonly concepts_known: readonly string[];
    readonly concepts_unsure: readonly string[];
    readonly motivation: string | null;
    /** Whence each value is; the newest for each. */
    readonly evidence: readonly {
      readonly field:
        | 'goals'
        | 'experience'
        | 'interests'
        | 'minutes_per_week'
        | 'deadline'
        | 'os'
        | 'editor'
        | 'device'
        | 'locale'
        | 'accommodations'
        | 'concepts_known'
        | 'concepts_unsure'
        | 'motivation';
      readonly value: string;
      readonly message_index: number;
      readonly quote: string;
      readonly confidence: 'low' | 'medium' | 'high';
    }[];
  };
  readonly contradictions: readonly {
    readonly field:
      | 'goals'
      | 'experience'
      | 'interests'
      | 'minutes_per_week'
      | 'deadline'
      | 'os'
      | 'editor'
      | 'device'
      | 'locale'
      | 'accommodations'
      | 'concepts_known'
      | 'concepts_unsure'
      | 'motivation';
    readonly before: string;
    readonly after: string;
  }[];
};

/** What a caller gives to tutor_greeting. */
export type TutorGreetingInput = {
  /** The only name that is ever shown to a model. */
  readonly display_name?: string | null;
  /** The programming language. */
  readonly language: string;
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  readonly interests?: readonly string[] | null;
  readonly learning_goals?: readonly string[] | null;
  readonly last_session?: {
    readonly summary: string;
    readonly concept_ids?: readonly string[] | null;
    readonly days_ago?: number | null;
  } | null;
  readonly persona?: {
    readonly name?: string | null;
    readonly tone?: 'warm' | 'neutral' | 'playful' | null;
  } | null;
  /** BCP 47: the language of the answer. */
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type TutorGreetingVariables = {
  /** The only name that is ever shown to a model. */
  readonly display_name: string | null;
  /** The programming language. */
  readonly language: string;
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  readonly interests: readonly string[];
  readonly learning_goals: readonly string[];
  readonly last_session: {
    readonly summary: string;
    readonly concept_ids: readonly string[];
    readonly days_ago: number | null;
  } | null;
  readonly persona: {
    readonly name: string | null;
    readonly tone: 'warm' | 'neutral' | 'playful';
  } | null;
  /** BCP 47: the language of the answer. */
  readonly locale: string;
};

/** What code works out of it for the template. */
export type TutorGreetingDerived = {
  readonly actions: readonly ('start_exercise' | 'continue' | 'ask_question' | 'review_concept' | 'take_onboarding')[];
};

/** What the model writes. */
export type TutorGreetingWritten = {
  readonly internal: {
    readonly thread: string;
  };
  readonly message: string;
  readonly suggested_actions: readonly {
    readonly label: string;
    readonly action: 'start_exercise' | 'continue' | 'ask_question' | 'review_concept' | 'take_onboarding';
    readonly concept_id: string | null;
  }[];
};

/** What is delivered. */
export type TutorGreetingData = {
  readonly message: string;
  /** The one question of the message. */
  readonly question: string;
  readonly mentions_interest: boolean;
  readonly suggested_actions: readonly {
    readonly label: string;
    readonly action: 'start_exercise' | 'continue' | 'ask_question' | 'review_concept' | 'take_onboarding';
    readonly concept_id: string | null;
  }[];
};

/** What a caller gives to tutor_reply. */
export type TutorReplyInput = {
  /** The newest last, which is what is answered. */
  readonly history: readonly {
    readonly role: 'user' | 'assistant';
    readonly content: string;
  }[];
  /** The programming language. */
  readonly language?: string | null;
  readonly skill_level?: 'beginner' | 'intermediate' | 'advanced' | null;
  readonly exercise?: {
    readonly title?: string | null;
    readonly problem_statement: string;
    readonly concept_ids?: readonly string[] | null;
  } | null;
  readonly starter_code?: string | null;
  /** Looked at by code alone; no model is shown it. */
  readonly reference_solution?: string | null;
  /** The student's newest attempt. */
  readonly code?: string | null;
  /** Of the tests that the student may see. */
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
  readonly profile_summary?: string | null;
  /** The highest `hint_level_used` of this exercise so far. */
  readonly hint_level_reached?: number | null;
  readonly policy?: {
    readonly max_hint_level?: number | null;
    /** How many turns in a row may only ask. */
    readonly socratic_streak?: number | null;
    readonly allow_code?: boolean | null;
  } | null;
  /** BCP 47: the language of the answer. */
  readonly locale?: string | null;
};

/** The same with its defaults applied: every property is there, null is absent. */
export type TutorReplyVariables = {
  /** The newest last, which is what is answered. */
  readonly history: readonly {
    readonly role: 'user' | 'assistant';
    readonly content: string;
  }[];
  /** The programming language. */
  readonly language: string | null;
  readonly skill_level: 'beginner' | 'intermediate' | 'advanced';
  readonly exercise: {
    readonly title: string | null;
    readonly problem_statement: string;
    readonly concept_ids: readonly string[];
  } | null;
  readonly starter_code: string | null;
  /** Looked at by code alone; no model is shown it. */
  readonly reference_solution: string | null;
  /** The student's newest attempt. */
  readonly code: string | null;
  /** Of the tests that the student may see. */
  readonly test_results: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed' | 'error' | 'skipped';
    readonly input: string | null;
    readonly expected: string | null;
    readonly actual: string | null;
    readonly message: string | null;
  }[];
  readonly profile_summary: string | null;
  /** The highest `hint_level_used` of this exercise so far. */
  readonly hint_level_reached: number;
  readonly policy: {
    readonly max_hint_level: number;
    /** How many turns in a row may only ask. */
    readonly socratic_streak: number;
    readonly allow_code: boolean;
  };
  /** BCP 47: the language of the answer. */
  readonly locale: string;
};

/** What code works out of it for the template. */
export type TutorReplyDerived = {
  readonly intent: 'greet' | 'diagnose' | 'question' | 'explain' | 'hint' | 'encourage' | 'redirect' | 'end';
  /** The most that may be given away. */
  readonly hint_level: number;
  /** The turns before only asked. */
  readonly must_tell: boolean;
  /** The newest message speaks of self-harm. */
  readonly in_danger: boolean;
  readonly passed: number;
  readonly total: number;
  readonly failing: {
    readonly name: string;
    readonly status: 'passed' | 'failed' | 'error' | 'skipped';
    readonly input: string | null;
    readonly expected: string | null;
    readonly actual: string | null;
    readonly message: string | null;
  } | null;
};

/** What the model writes. */
export type TutorReplyWritten = {
  readonly internal: {
    readonly diagnosis: string;
    readonly intent: 'greet' | 'diagnose' | 'question' | 'explain' | 'hint' | 'encourage' | 'redirect' | 'end';
  };
  readonly message: string;
  readonly hint_level_used: number;
  readonly concept_ids: readonly string[];
  readonly suggested_actions: readonly {
    readonly label: string;
    readonly action: 'run_tests' | 'request_hint' | 'ask_question' | 'review_concept' | 'next_exercise' | 'take_break';
    readonly concept_id: string | null;
  }[];
  readonly escalate: 'none' | 'human' | 'safety';
};

/** What is delivered. */
export type TutorReplyData = {
  readonly message: string;
  readonly intent: 'greet' | 'diagnose' | 'question' | 'explain' | 'hint' | 'encourage' | 'redirect' | 'end';
  readonly asks_question: boolean;
  readonly hint_level_used: number;
  readonly concept_ids: readonly string[];
  readonly suggested_actions: readonly {
    readonly label: string;
    readonly action: 'run_tests' | 'request_hint' | 'ask_question' | 'review_concept' | 'next_exercise' | 'take_break';
    readonly concept_id: string | null;
  }[];
  readonly escalate: 'none' | 'human' | 'safety';
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
  readonly concept_explanation: {
    readonly input: ConceptExplanationInput;
    readonly variables: ConceptExplanationVariables;
    readonly derived: ConceptExplanationDerived;
    readonly written: ConceptExplanationWritten;
    readonly data: ConceptExplanationData;
  };
  readonly exercise_generation: {
    readonly input: ExerciseGenerationInput;
    readonly variables: ExerciseGenerationVariables;
    readonly derived: ExerciseGenerationDerived;
    readonly written: ExerciseGenerationWritten;
    readonly data: ExerciseGenerationData;
  };
  readonly feedback_generation: {
    readonly input: FeedbackGenerationInput;
    readonly variables: FeedbackGenerationVariables;
    readonly derived: FeedbackGenerationDerived;
    readonly written: FeedbackGenerationWritten;
    readonly data: FeedbackGenerationData;
  };
  readonly hint_generation: {
    readonly input: HintGenerationInput;
    readonly variables: HintGenerationVariables;
    readonly derived: HintGenerationDerived;
    readonly written: HintGenerationWritten;
    readonly data: HintGenerationData;
  };
  readonly onboarding_interview: {
    readonly input: OnboardingInterviewInput;
    readonly variables: OnboardingInterviewVariables;
    readonly derived: OnboardingInterviewDerived;
    readonly written: OnboardingInterviewWritten;
    readonly data: OnboardingInterviewData;
  };
  readonly tutor_greeting: {
    readonly input: TutorGreetingInput;
    readonly variables: TutorGreetingVariables;
    readonly derived: TutorGreetingDerived;
    readonly written: TutorGreetingWritten;
    readonly data: TutorGreetingData;
  };
  readonly tutor_reply: {
    readonly input: TutorReplyInput;
    readonly variables: TutorReplyVariables;
    readonly derived: TutorReplyDerived;
    readonly written: TutorReplyWritten;
    readonly data: TutorReplyData;
  };
}
