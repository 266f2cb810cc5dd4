// One turn of a benched process: a load, and what it has cost there.

import { drive, type LoadResult } from './load.ts';
import { type Subject, used } from './subjects.ts';

export interface Turn {
  readonly load: LoadResult;
  readonly cpuMicrosPerRequest: number;
}

export async function turn(subject: Subject, request: Buffer, requests: number, connections: number): Promise<Turn> {
  const before = await used(subject);
  const load = await drive({ port: subject.port, request, connections, requests });
  if (load.failed > 0) throw new Error(`${load.failed} of ${requests} answers of ${subject.name} were not 200`);
  return { load, cpuMicrosPerRequest: ((await used(subject)).cpuMicros - before.cpuMicros) / requests };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
