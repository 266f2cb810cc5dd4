// Which rules a prompt of /prompts has. A prompt that is missing here is delivered as the model wrote it, but for what is private.

import { codeReviewRules } from './tutor/code-review.ts';
import { conceptExplanationRules } from './tutor/concept-explanation.ts';
import { exerciseGenerationRules } from './tutor/exercise-generation.ts';
import { feedbackGenerationRules } from './tutor/feedback-generation.ts';
import { hintGenerationRules } from './tutor/hint-generation.ts';
import { onboardingInterviewRules } from './tutor/onboarding-interview.ts';
import { tutorGreetingRules } from './tutor/tutor-greeting.ts';
import { tutorReplyRules } from './tutor/tutor-reply.ts';

export const tutorRules = {
  code_review: codeReviewRules,
  concept_explanation: conceptExplanationRules,
  exercise_generation: exerciseGenerationRules,
  feedback_generation: feedbackGenerationRules,
  hint_generation: hintGenerationRules,
  onboarding_interview: onboardingInterviewRules,
  tutor_greeting: tutorGreetingRules,
  tutor_reply: tutorReplyRules,
};
