// The profile after a turn. Newer words stand over older ones, and where they differ it is told; a value is never both. Pure, and the same
// whatever the order in which a model lists what it read.

import { isQuotedFrom } from '../checks/evidence.ts';
import type { OnboardingInterviewData } from '../documents.ts';
import { folded } from './findings.ts';
import type { Delta, History, Profile } from './interview-fields.ts';

type Contradiction = OnboardingInterviewData['contradictions'][number];

export interface Merge {
  readonly profile: Profile;
  readonly contradictions: readonly Contradiction[];
  /** By their place in what was read: something newer says otherwise. */
  readonly outdated: readonly number[];
  /** By their place: the list has no room. */
  readonly crowdedOut: readonly number[];
}

/** As many as the schema of the profile lets in. */
const MOST = { goals: 10, experience: 10, interests: 10, accommodations: 10, concepts_known: 60, concepts_unsure: 60 };
const MOST_EVIDENCE = 200;

export interface Read {
  /** Its place in what the model wrote. */
  readonly index: number;
  readonly delta: Delta;
}

export function merged(before: Profile, read: readonly Read[], history: History): Merge {
  const order = [...read].sort((a, b) => a.delta.evidence.message_index - b.delta.evidence.message_index);
  const contradictions: Contradiction[] = [];
  const outdated: number[] = [];
  const crowdedOut: number[] = [];
  /** Of this turn, what says something of which there can be one. */
  const latest = new Map<string, number>();
  let profile = before;
  for (const { index, delta } of order) {
    const key = keyOf(delta);
    const said = saidOf(profile, delta);
    const differs = said !== null && said.before !== said.after;
    if (differs && isOlder(delta, key, profile, history)) {
      outdated.push(index);
      continue;
    }
    const next = withDelta(profile, delta);
    if (next === null) {
      crowdedOut.push(index);
      continue;
    }
    if (differs) contradictions.push({ field: delta.field, before: said.before, after: said.after });
    const replaced = latest.get(key);
    if (differs && replaced !== undefined) outdated.push(replaced);
    latest.set(key, index);
    profile = { ...next, evidence: evidenceWith(next.evidence, delta, key) };
  }
  return { profile, contradictions, outdated, crowdedOut };
}

const LISTS: ReadonlySet<string> = new Set(['goals', 'experience', 'interests', 'accommodations']);
const CONCEPTS: ReadonlySet<string> = new Set(['concepts_known', 'concepts_unsure']);

/** Two with the same key are about the same thing. */
function keyOf({ field, value }: Pick<Delta, 'field' | 'value'>): string {
  if (LISTS.has(field)) return `${field} ${folded(value)}`;
  return CONCEPTS.has(field) ? `concepts ${folded(value)}` : field;
}

/** What the profile says of it and what is said now, as text; null: it said nothing. */
function saidOf(profile: Profile, delta: Delta): { readonly before: string; readonly after: string } | null {
  const { field, value, number, level } = delta;
  const pair = (before: unknown, after: unknown) =>
    before === null || after === null ? null : { before: String(before), after: String(after) };
  switch (field) {
    case 'minutes_per_week':
      return pair(profile.minutes_per_week, number);
    case 'deadline':
    case 'motivation':
    case 'locale':
      return pair(profile[field], value);
    case 'os':
    case 'editor':
    case 'device':
      return pair(profile.environment[field], value);
    case 'goals': {
      const known = profile.goals.find(({ text }) => folded(text) === folded(value));
      return pair(known?.horizon_weeks ?? null, number);
    }
    case 'experience': {
      const known = profile.experience.find(({ language }) => folded(language) === folded(value));
      if (known === undefined) return null;
      const now = { level: level ?? known.level, years: number ?? known.years };
      const isCompletion =
        (known.level === null || level === null || known.level === level) &&
        (known.years === null || number === null || known.years === number);
      const text = (each: { level: string | null; years: number | null }) =>
        `${value}: ${each.level ?? 'not rated'}, ${each.years ?? 'unknown'} years`;
      return isCompletion ? null : { before: text(known), after: text(now) };
    }
    case 'concepts_known':
    case 'concepts_unsure': {
      const other = field === 'concepts_known' ? 'concepts_unsure' : 'concepts_known';
      return profile[other].some((each) => folded(each) === folded(value)) ? { before: other, after: field } : null;
    }
    case 'interests':
    case 'accommodations':
      return null;
  }
}

/** Only where the message of the earlier evidence is still the one that it cites: a history that was cut counts from elsewhere. */
function isOlder(delta: Delta, key: string, { evidence }: Profile, history: History): boolean {
  const earlier = evidence.find((each) => keyOf(each) === key);
  if (earlier === undefined || earlier.message_index <= delta.evidence.message_index) return false;
  const message = history[earlier.message_index];
  return message?.role === 'user' && isQuotedFrom(earlier.quote, message.content);
}

/** Null: there is no room. */
function withDelta(profile: Profile, { field, value, number, level }: Delta): Profile | null {
  switch (field) {
    case 'minutes_per_week':
      return { ...profile, minutes_per_week: number };
    case 'deadline':
    case 'motivation':
    case 'locale':
      return { ...profile, [field]: value };
    case 'os':
    case 'editor':
    case 'device':
      return { ...profile, environment: { ...profile.environment, [field]: value } };
    case 'goals': {
      const known = profile.goals.find(({ text }) => folded(text) === folded(value));
      const goal = { text: known?.text ?? value, horizon_weeks: number ?? known?.horizon_weeks ?? null };
      const goals = replacedIn(profile.goals, known, goal, MOST.goals);
      return goals && { ...profile, goals };
    }
    case 'experience': {
      const known = profile.experience.find(({ language }) => folded(language) === folded(value));
      const entry = {
        language: known?.language ?? value,
        level: level ?? known?.level ?? null,
        years: number ?? known?.years ?? null,
      };
      const experience = replacedIn(profile.experience, known, entry, MOST.experience);
      return experience && { ...profile, experience };
    }
    case 'interests':
    case 'accommodations': {
      const list = withValue(profile[field], value, MOST[field]);
      return list && { ...profile, [field]: list };
    }
    case 'concepts_known':
    case 'concepts_unsure': {
      const other = field === 'concepts_known' ? 'concepts_unsure' : 'concepts_known';
      const list = withValue(profile[field], value, MOST[field]);
      const rest = profile[other].filter((each) => folded(each) !== folded(value));
      return list && { ...profile, [field]: list, [other]: rest };
    }
  }
}

function replacedIn<Item>(
  list: readonly Item[],
  old: Item | undefined,
  item: Item,
  most: number,
): readonly Item[] | null {
  if (old !== undefined) return list.map((each) => (each === old ? item : each));
  return list.length < most ? [...list, item] : null;
}

function withValue(list: readonly string[], value: string, most: number): readonly string[] | null {
  if (list.some((each) => folded(each) === folded(value))) return list;
  return list.length < most ? [...list, value] : null;
}

function evidenceWith(evidence: Profile['evidence'], delta: Delta, key: string): Profile['evidence'] {
  const { field, value, evidence: cited, confidence } = delta;
  const others = evidence.filter((each) => keyOf(each) !== key);
  return [...others, { field, value, ...cited, confidence }].slice(-MOST_EVIDENCE);
}
