// What stands between a model's words and the caller: everything that holds for every prompt, and in its midst the rules of this one. The
// order counts: rules see a document that keeps to the schema and bears no marks, and what they make of it is looked at once more.

import { createHash } from 'node:crypto';
import { canonicalJson, isObject, type JsonObject, stringAt } from '../core/json.ts';
import type { Accepted, AnswerSource, CheckReport, Judge, JudgeVerdict, Verification } from '../core/judge.ts';
import { type SchemaCheck, schemaCheck } from '../core/schema-check.ts';
import { VERSION } from '../core/version.ts';
import { disclosuresOf } from './checks/disclosure.ts';
import { localeVerdict } from './checks/locale.ts';
import { markupIn } from './checks/markup.ts';
import { type DocumentString, stringsIn, withStrings } from './document-strings.ts';
import { Draft } from './draft.ts';
import { type Secrets, withoutMarks } from './marks.ts';
import type { AnyRules, Asked, Decision, RuleFault } from './rules.ts';

/** Of its file. */
export interface JudgedTemplate {
  readonly hash: string;
  /** Hosts that links may lead to. */
  readonly links: readonly string[];
  /** Whether an answer may be shown while it is written. */
  readonly drafts: boolean;
  /** What the model writes. */
  readonly output: JsonObject;
  /** What is delivered. */
  readonly data: JsonObject;
}

/** Of one request. */
export interface JudgedRequest {
  readonly template: JudgedTemplate;
  /** Null: what was written is delivered, without what is private. */
  readonly rules: AnyRules | null;
  readonly asked: Asked<JsonObject, JsonObject>;
  readonly secrets: Secrets;
  /** Its instructions, as they were sent. */
  readonly systemText: string;
}

export function createJudge(request: JudgedRequest): Judge {
  return new PromptJudge(request);
}

const MOST_REPAIRS = 2;
/** Whose answers are samples. */
const OFFLINE = 'offline';
/** Where a model puts what is for nobody's eyes: no check is about it, since nobody is given it. */
const PRIVATE = 'internal';

class PromptJudge implements Judge {
  readonly key: string;
  readonly mostRepairs = MOST_REPAIRS;
  readonly sample?: () => string;
  readonly #request: JudgedRequest;
  readonly #output: SchemaCheck;
  readonly #data: SchemaCheck;
  readonly #disclosure: (text: string) => string | null;
  readonly #draft: Draft | null;
  /** Of the answer before: the very same again, after it was told, will come a third time too. */
  #faultsBefore: string | null = null;
  #repairs = 0;

  constructor(request: JudgedRequest) {
    const { template, rules, asked, secrets, systemText } = request;
    const { hash, links, drafts, output, data } = template;
    this.key = createHash('sha256').update(canonicalJson({ VERSION, hash, asked })).digest('hex');
    this.#request = request;
    this.#output = compiled(output);
    this.#data = compiled(data);
    if (rules !== null) this.sample = () => JSON.stringify(rules.sample(asked));
    const given = () => stringsIn({ ...asked.variables, ...asked.derived }, {}).map(({ text }) => text);
    this.#disclosure = disclosuresOf({ ...secrets, systemText, given });
    this.#draft = drafts ? new Draft({ data, links, secrets, disclosure: this.#disclosure }) : null;
  }

  async verdictOn(text: string, from: AnswerSource): Promise<JudgeVerdict> {
    this.#repairs = from.repairs;
    const keeps = this.#output.verdictOn(text);
    if (keeps.isValid) return this.#verdictOf(keeps.value, from);
    const { problem, place, isHopeless } = keeps;
    const where = isHopeless || place === null ? problem : `it does not keep to the schema at ${place}`;
    return this.#refused(['schema'], problem, where, isHopeless);
  }

  draftOf(textSoFar: string): JsonObject | null {
    return this.#draft?.of(textSoFar) ?? null;
  }

  standIn(): Accepted | null {
    const { rules, asked, template } = this.#request;
    const data = attempted(() => rules?.standIn?.(asked) ?? null);
    if (data === null || this.#data.faultsIn(data)?.length !== 0) return null;
    const strings = stringsIn(data, template.data);
    if (this.#faultsOf(strings).length > 0) return null;
    const locale = this.#localeOf(strings);
    const checks = [...genericReports(locale, skipped('marks', 'no model wrote it')), ...this.#unrun()];
    return accepted(data, { ...this.#verification(checks), dropped: [], fallback: 'deterministic' });
  }

  #verdictOf(value: unknown, from: AnswerSource): JudgeVerdict {
    if (!isObject(value)) return this.#refused(['schema'], 'it is no JSON object', 'it is no JSON object', false);
    const { template, secrets, rules, asked } = this.#request;
    const written = withStrings(value, (text) => withoutMarks(text, secrets.token));
    const strings = stringsIn(publicOf(written), template.output);
    const decision = attempted(() => rules?.decide(written, asked) ?? delivered(written));
    if (decision === null)
      return this.#refused([], 'it cannot be decided about', 'the rules of the prompt failed', true);
    const { data } = decision;
    const made = stringsIn(data, template.data);
    const isSample = from.provider === OFFLINE;
    const locale = isSample ? skipped('G1', 'a sample is in English') : this.#localeOf(made);
    const faults = [...this.#allFaults(strings, made), ...localeFaults(locale), ...decision.faults];
    if (faults.length > 0) return this.#refusedFor(faults);
    if (this.#data.faultsIn(data)?.length !== 0)
      return this.#refused(
        [],
        'it cannot be delivered',
        'what the rules made of it is not what the prompt delivers',
        true,
      );
    const marks = canonicalJson(value) === canonicalJson(written) ? PASSED('marks') : MARKED;
    const checks = [...genericReports(locale, marks), ...decision.checks, ...this.#unrun()];
    const verification = { ...this.#verification(checks), dropped: decision.dropped };
    return { isAccepted: true, ...accepted(data, isSample ? { ...verification, status: 'unverified' } : verification) };
  }

  #allFaults(written: readonly DocumentString[], made: readonly DocumentString[]): readonly RuleFault[] {
    const seen = new Set(written.map(keyOf));
    const added = made.filter((each) => !seen.has(keyOf(each)));
    const faults = this.#faultsOf([...written, ...added]);
    if (faults.some(({ rule }) => rule === 'G3')) return faults;
    // Each of its strings may have a part of it.
    const whole = this.#disclosure(written.map(({ text }) => text).join('\n'));
    return whole === null ? faults : [...faults, { path: '', rule: 'G3', problem: whole }];
  }

  #faultsOf(strings: readonly DocumentString[]): readonly RuleFault[] {
    const { links } = this.#request.template;
    return strings.flatMap(({ path, text, kind }) => {
      const markup = kind === 'code' ? null : markupIn(text, links);
      const disclosed = this.#disclosure(text);
      return [
        ...(markup === null ? [] : [{ path, rule: 'G2', problem: markup }]),
        ...(disclosed === null ? [] : [{ path, rule: 'G3', problem: disclosed }]),
      ];
    });
  }

  #localeOf(strings: readonly DocumentString[]): CheckReport {
    const locale = stringAt(this.#request.asked.variables, 'locale');
    if (locale === null) return skipped('G1', 'no locale was asked for');
    const prose = strings.filter(({ kind }) => kind === 'prose').map(({ text }) => text);
    const verdict = localeVerdict(prose.join('\n\n'), locale);
    if (verdict === 'passed') return PASSED('G1');
    return verdict === 'skipped'
      ? skipped('G1', `too short to tell whether it is in ${locale}, or that is not known here`)
      : { id: 'G1', verdict, evidence: `is not written in the language of the locale ${locale}` };
  }

  #unrun(): readonly CheckReport[] {
    return (this.#request.rules?.unrun ?? []).map((id) => skipped(id, 'needs a runner of code'));
  }

  #verification(checks: readonly CheckReport[]): Omit<Verification, 'dropped'> {
    const isWhole = (this.#request.rules?.unrun ?? []).length === 0;
    return { status: isWhole ? 'verified' : 'partly', checks, repairs: this.#repairs, fallback: null };
  }

  #refusedFor(faults: readonly RuleFault[]): JudgeVerdict {
    const problem = faults.map(({ path, rule, problem }) => `at ${path || '/'} (${rule}): ${problem}`).join('; ');
    const places = new Set(faults.map(({ path, rule }) => `${rule} at ${path || '/'}`));
    const rules = [...new Set(faults.map(({ rule }) => rule))];
    return this.#refused(rules, problem, `it does not keep to ${[...places].join(', ')}`, false);
  }

  #refused(rules: readonly string[], problem: string, place: string, isHopeless: boolean): JudgeVerdict {
    const isSame = this.#repairs > 0 && this.#faultsBefore === problem;
    this.#faultsBefore = problem;
    return {
      isAccepted: false,
      rules,
      problem: cut(problem, PROBLEM_CHARACTERS),
      place: cut(place, PLACE_CHARACTERS),
      isHopeless: isHopeless || isSame,
    };
  }
}

const PROBLEM_CHARACTERS = 2_000;
const PLACE_CHARACTERS = 300;

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`;
}

/** By schema, since templates live long and requests do not. */
const CHECKS = new WeakMap<JsonObject, SchemaCheck>();

function compiled(schema: JsonObject): SchemaCheck {
  const known = CHECKS.get(schema);
  if (known !== undefined) return known;
  const check = schemaCheck(schema);
  CHECKS.set(schema, check);
  return check;
}

function publicOf({ [PRIVATE]: _, ...rest }: JsonObject): JsonObject {
  return rest;
}

function delivered(written: JsonObject): Decision<JsonObject> {
  return { faults: [], data: publicOf(written), checks: [], dropped: [] };
}

function keyOf({ text, kind }: DocumentString): string {
  return `${kind} ${text}`;
}

/** Rules are total. Where one is not after all, that is for an answer to fail by, and not for the process. */
function attempted<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Without halves of characters, as a model or a cut leaves them: many a reader refuses a whole text for one. */
function accepted(made: JsonObject, verification: Verification): Accepted {
  const data = withStrings(made, (text) => text.toWellFormed());
  return { data, verification, content: JSON.stringify(data) };
}

function localeFaults({ id, verdict, evidence }: CheckReport): readonly RuleFault[] {
  return verdict === 'failed' ? [{ path: '', rule: id, problem: evidence ?? '' }] : [];
}

function genericReports(locale: CheckReport, marks: CheckReport): readonly CheckReport[] {
  return [PASSED('schema'), locale, PASSED('G2'), PASSED('G3'), marks];
}

function skipped(id: string, evidence: string): CheckReport {
  return { id, verdict: 'skipped', evidence };
}

const PASSED = (id: string): CheckReport => ({ id, verdict: 'passed', evidence: null });
const MARKED: CheckReport = { id: 'marks', verdict: 'failed', evidence: 'marks of lines were taken out of it' };
