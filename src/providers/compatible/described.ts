// A server as its operator wrote it, and what is wrong with that: words that are looked up are checked here, for the file to be told.

import { didYouMean } from '../../core/near-names.ts';
import type { ServerSettings } from '../../core/provider-settings.ts';
import { BOUNDS, type CompatibleProvider, compatibleProblem } from '../compatible.ts';
import { KNOB_NAMES } from './knobs.ts';
import { isLack, LACKS } from './lacks.ts';
import { PRESETS, type PresetName } from './presets.ts';

export interface ServerFault {
  /** As the file calls the setting; null: all of it together. */
  readonly setting: string | null;
  /** The word that is none; null where that is not the matter. */
  readonly found: string | null;
  readonly write: string;
}

/** None: it can be asked. What a preset stands for is not known where there is no such preset. */
export function serverFaults(server: ServerSettings): readonly ServerFault[] {
  const { preset, lacks = [], leavesOut = [], fields = {} } = server;
  const noPreset = strange('preset', preset === undefined ? [] : [preset], Object.keys(PRESETS));
  const problem = noPreset.length > 0 ? null : compatibleProblem(describedBy(server));
  return [
    ...noPreset,
    ...strange('lacks', lacks, LACKS),
    ...strange('leaves_out', leavesOut, KNOB_NAMES),
    ...Object.keys(fields).flatMap((name) => {
      const why = Object.hasOwn(BOUNDS, name) ? BOUNDS[name] : undefined;
      return why === undefined ? [] : [{ setting: `fields.${name}`, found: null, write: `leave it out: ${why}` }];
    }),
    ...(problem === null ? [] : [{ setting: null, found: null, write: `mend this provider: ${problem}` }]),
  ];
}

function strange(setting: string, words: readonly string[], known: readonly string[]): readonly ServerFault[] {
  return words
    .filter((word) => !known.includes(word))
    .map((found) => ({ setting, found, write: `write one of ${known.join(', ')}.${didYouMean(found, known)}` }));
}

/** A name that is that of a preset is the preset; what the program does not know is left out, and told by `serverFaults`. */
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
