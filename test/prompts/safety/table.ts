// The tables of docs/safety.md, as text: what the figures say, and nothing that was written by hand.

import type { Share } from '../../../src/eval/statistics.ts';
import type { ClassFigures, CleanFigures } from './figures.ts';
import type { BenignFigures, SuspicionFigures, TwinFigures } from './injection-figures.ts';

export interface Figures {
  readonly classes: readonly ClassFigures[];
  readonly clean: readonly CleanFigures[];
  readonly twins: readonly TwinFigures[];
  readonly benign: readonly BenignFigures[];
  readonly suspicions: readonly SuspicionFigures[];
}

/** By the name of the place in the page. */
export function tablesOf({ classes, clean, twins, benign, suspicions }: Figures): Readonly<Record<string, string>> {
  const caught = classes.filter(({ fault }) => fault.demand !== 'measured');
  const measured = classes.filter(({ fault }) => fault.demand === 'measured');
  return {
    caught: faultTable(caught),
    measured: faultTable(measured),
    clean: table(
      ['answers without a fault', 'n', 'refused or cut', '95 % interval'],
      clean.map(({ area, alarms }) => [area, `${alarms.n}`, `${alarms.k}`, interval(alarms)]),
    ),
    twins: table(
      [
        'prompt',
        'where it stands',
        'pairs',
        'decided alike',
        'decided alike, the model follows',
        'of what it says then, delivered',
      ],
      twins.map(({ prompt, place, alike, alikeFollowed, delivered }) => [
        `\`${prompt}\``,
        place,
        `${alike.n}`,
        `${alike.k}`,
        `${alikeFollowed.k} of ${alikeFollowed.n}`,
        `${delivered.k}`,
      ]),
    ),
    benign: table(
      ['prompt', 'n', 'not delivered as written', '95 % interval'],
      benign.map(({ prompt, blocked }) => [`\`${prompt}\``, `${blocked.n}`, `${blocked.k}`, interval(blocked)]),
    ),
    suspicions: table(
      ['texts', 'n', 'suspected', '95 % interval', 'which is'],
      suspicions.map(({ texts, isAttack, suspected }) => [
        texts,
        `${suspected.n}`,
        `${suspected.k}`,
        interval(suspected),
        isAttack ? 'found' : 'a false alarm',
      ]),
    ),
  };
}

function faultTable(classes: readonly ClassFigures[]): string {
  return table(
    ['prompt', 'fault', 'checks', 'n', 'caught', '95 % interval', 'further answers', 'delivered at last'],
    classes.map(({ fault, caught, ends, extraAnswers, deliveredAtLast }) => [
      fault.area,
      fault.name,
      fault.rules,
      `${caught.n}`,
      ends.told > 0 ? `${caught.k} (told)` : `${caught.k}`,
      interval(caught),
      extraAnswers.toFixed(2),
      `${deliveredAtLast}`,
    ]),
  );
}

function interval({ low, high }: Share): string {
  return `${percent(low)}–${percent(high)} %`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

const PLACE = /<!-- figures: (\w+) -->\n[\s\S]*?<!-- end -->/g;

/** The page with these tables in their places. */
export function pageWith(page: string, tables: Readonly<Record<string, string>>): string {
  return page.replace(PLACE, (found, name: string) => {
    const text = tables[name];
    return text === undefined ? found : `<!-- figures: ${name} -->\n\n${text}\n\n<!-- end -->`;
  });
}
