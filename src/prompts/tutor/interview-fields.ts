// What the interview asks about, and what of it is still open. The interview is a machine of states in code: a field is asked once, never when
// it is known, and the end comes with the last one or with the last turn, whatever the model says.

import type {
  OnboardingInterviewData,
  OnboardingInterviewVariables,
  OnboardingInterviewWritten,
} from '../documents.ts';
import { folded } from './findings.ts';
import { QUESTIONS } from './interview-words.ts';
import { probeFor } from './skill-level.ts';

export type Profile = OnboardingInterviewData['profile'];
export type Delta = OnboardingInterviewWritten['profile_delta'][number];
export type Field = OnboardingInterviewVariables['asked_fields'][number];
export type History = OnboardingInterviewVariables['history'];

/** With what is not known as null or empty. */
export function profileBefore({ profile_so_far: given }: OnboardingInterviewVariables): Profile {
  return {
    goals: given?.goals ?? [],
    experience: given?.experience ?? [],
    skill_level: given?.skill_level ?? null,
    interests: given?.interests ?? [],
    minutes_per_week: given?.minutes_per_week ?? null,
    deadline: given?.deadline ?? null,
    environment: given?.environment ?? { os: null, editor: null, device: null },
    locale: given?.locale ?? null,
    accommodations: given?.accommodations ?? [],
    concepts_known: given?.concepts_known ?? [],
    concepts_unsure: given?.concepts_unsure ?? [],
    motivation: given?.motivation ?? null,
    evidence: given?.evidence ?? [],
  };
}

/** Each question is one message of the tutor's. */
export function turnOf(history: History): number {
  return history.filter(({ role }) => role === 'assistant').length;
}

/** Told by the caller, or read out of the history where the question was one of ours. */
function askedFields({ asked_fields, history }: OnboardingInterviewVariables): readonly Field[] {
  const texts = history.filter(({ role }) => role === 'assistant').map(({ content }) => folded(content));
  const ours = Object.values(QUESTIONS).flatMap((questions) =>
    fieldsOf(questions).filter((field) => {
      // The code of a probe differs, so of its question what stands before that is looked for.
      const [question = ''] = questions[field]('').split('``', 1);
      return texts.some((text) => text.includes(folded(question)));
    }),
  );
  return [...new Set([...asked_fields, ...ours])];
}

const ALL: Readonly<Record<Field, true>> = {
  goals: true,
  experience: true,
  skill_probe: true,
  interests: true,
  minutes_per_week: true,
  deadline: true,
  environment: true,
  concepts: true,
  motivation: true,
};

function fieldsOf(questions: Readonly<Record<Field, unknown>>): readonly Field[] {
  return Object.keys(questions).filter((name): name is Field => name in ALL);
}

/** What is to be asked next, the first one first. */
export function openFields(variables: OnboardingInterviewVariables, profile: Profile): readonly Field[] {
  const asked = askedFields(variables);
  const wanted = new Set(variables.required_fields);
  return [...wanted].filter((field) => !asked.includes(field) && !isKnown(field, profile));
}

export function isKnown(field: Field, profile: Profile): boolean {
  switch (field) {
    case 'goals':
    case 'experience':
    case 'interests':
      return profile[field].length > 0;
    case 'minutes_per_week':
    case 'deadline':
    case 'motivation':
      return profile[field] !== null;
    case 'environment':
      return Object.values(profile.environment).some((value) => value !== null);
    case 'concepts':
      return profile.concepts_known.length + profile.concepts_unsure.length > 0;
    case 'skill_probe':
      // Nothing is to be probed of somebody who says that they begin, or in a language that we have no program for.
      return probeFor(profile.experience) === null;
  }
}
