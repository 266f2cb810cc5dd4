// Written by `npm run generate` from the schemas of /prompts: what each prompt takes and gives, named as on the wire. Not to be changed
// by hand; a test holds it to the files.

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
  readonly concept_explanation: {
    readonly input: ConceptExplanationInput;
    readonly variables: ConceptExplanationVariables;
    readonly derived: ConceptExplanationDerived;
    readonly written: ConceptExplanationWritten;
    readonly data: ConceptExplanationData;
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
