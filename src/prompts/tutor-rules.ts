// Which rules a prompt of /prompts has. A prompt that is missing here is delivered as the model wrote it, but for what is private.

import { exerciseGenerationRules } from './tutor/exercise-generation.ts';
import { hintGenerationRules } from './tutor/hint-generation.ts';

export const tutorRules = {
  exercise_generation: exerciseGenerationRules,
  hint_generation: hintGenerationRules,
};
