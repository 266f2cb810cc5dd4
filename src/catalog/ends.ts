// When a vendor ends a model, or has: what every list of ends has in common.

export interface ModelEnd {
  /** ISO date on which its vendor shuts it down, or has. */
  readonly shutDownOn: string;
  /** What answers in its place TODAY (the vendor's own replacement is often dead too); null: nothing does the same. */
  readonly replacement: string | null;
}

export type EndRow = readonly [shutDownOn: string, replacement: string | null, ...models: string[]];

/** By the vendor's name for the model. */
export function endsOf(rows: readonly EndRow[]): ReadonlyMap<string, ModelEnd> {
  return new Map(
    rows.flatMap(([shutDownOn, replacement, ...models]) =>
      models.map((model): [string, ModelEnd] => [model, { shutDownOn, replacement }]),
    ),
  );
}
