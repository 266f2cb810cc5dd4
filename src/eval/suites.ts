// The suites there are, in the order in which a report tells them.

import type { Suite } from './suite.ts';
import { exercises } from './suites/exercises.ts';
import { explain } from './suites/explain.ts';
import { feedback } from './suites/feedback.ts';
import { hints } from './suites/hints.ts';
import { injection } from './suites/injection.ts';
import { multiturn } from './suites/multiturn.ts';
import { onboarding } from './suites/onboarding.ts';
import { review } from './suites/review.ts';

export const SUITES: readonly Suite[] = [exercises, hints, review, feedback, explain, onboarding, injection, multiturn];
