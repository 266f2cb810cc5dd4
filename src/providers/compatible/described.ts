// A server as its operator wrote it, and what is wrong with that: words that are looked up are checked here, for the file to be told.

import { didYouMean } from '../../core/near-names.ts';
import type { ServerSettings } from '../../core/provider-settings.ts';
import { type CompatibleProvider, compatibleProblem } from '../compatible.ts';
import { KNOB_NAMES } from './knobs.ts';
import { isLack, LACKS } from './lacks.ts';
import { PRESETS, type PresetName } from './presets.ts';

export interface ServerFault {
  /** Which of its settings; null: all of it together. */
  readonly setting: 'preset' | 'lacks' | 'leavesOut' | null;
  /** The word that is none; null where that is not the matter. */
  readonly found: string | null;
  readonly write: string;
}

/** Null: it can be asked. */
export function serverFault(server: ServerSettings): ServerFault | null {
  const { preset, lacks = [], leavesOut = [] } = server;
  const unknown =
    strange('preset', preset === undefined ? [] : [preset], Object.keys(PRESETS)) ??
    strange('lacks', lacks, LACKS) ??
    strange('leavesOut', leavesOut, KNOB_NAMES);
  if (unknown !== null) return unknown;
  const problem = compatibleProblem(describedBy(server));
  return problem === null ? null : { setting: null, found: null, write: `mend this provider: ${problem}` };
}

function strange(
  setting: ServerFault['setting'],
  words: readonly string[],
  known: readonly string[],
): ServerFault | null {
  const found = words.find((word) => !known.includes(word));
  if (found === undefined) return null;
  return { setting, found, write: `write one of ${known.join(', ')}.${didYouMean(found, known)}` };
}

/** A name that is that of a preset is the preset; what the program does not know is left out, and told by `serverFault`. */
export function describedBy({ kind: _kind, model: _model, models, ...server }: ServerSettings): CompatibleProvider {
  const { preset = server.id, apiKey, lacks, takes = [], leavesOut, headers } = server;
  return {
    ...server,
    preset: isPreset(preset) ? preset : undefined,
    apiKey: apiKey?.reveal(),
    lacks: lacks?.filter(isLack),
    // Which of its models takes what the catalogue knows.
    takes: [...takes, ...models.flatMap((model) => model.takes ?? [])],
    leavesOut: leavesOut && KNOB_NAMES.filter((knob) => leavesOut.includes(knob)),
    headers: Object.fromEntries(Array.from(headers, ([name, value]) => [name, value.reveal()])),
  };
}

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}
