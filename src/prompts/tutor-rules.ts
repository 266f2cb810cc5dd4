// Which rules a prompt of /prompts has. A prompt that is missing here is delivered as the model wrote it, but for what is private.

import { conceptExplanationRules } from './tutor/concept-explanation.ts';
import { onboardingInterviewRules } from './tutor/onboarding-interview.ts';
import { tutorGreetingRules } from './tutor/tutor-greeting.ts';
import { tutorReplyRules } from './tutor/tutor-reply.ts';

export const tutorRules = {
  concept_explanation: conceptExplanationRules,
  onboarding_interview: onboardingInterviewRules,
  tutor_greeting: tutorGreetingRules,
  tutor_reply: tutorReplyRules,
};
