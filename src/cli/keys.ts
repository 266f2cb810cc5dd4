// `codementor-llm keys`: makes, lists and revokes the API keys of the gateway. A key is shown once, by `create`, and by nothing else.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../index.ts';
import { operatorKeyOption } from './ask-options.ts';
import type { Backend } from './backend.ts';
import type { KeyRow } from './native.ts';
import { openBackend } from './open-backend.ts';
import { type Column, table } from './table.ts';
import { toJson, toOutput, toPeople } from './terminal.ts';

interface CreateOptions {
  readonly tenant: string;
  readonly user?: string;
  readonly role: string;
  readonly tier?: string;
  readonly models?: readonly string[];
  readonly expires?: string;
  readonly json?: true;
  readonly key?: string;
}
interface ListOptions {
  readonly tenant?: string;
  readonly json?: true;
  readonly key?: string;
}
type RevokeOptions = Pick<ListOptions, 'json' | 'key'>;

const COLUMNS: readonly Column<KeyRow>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'TENANT', text: ({ tenant }) => tenant },
  { title: 'USER', text: ({ user_id }) => user_id ?? '-' },
  { title: 'ROLE', text: ({ role }) => role },
  { title: 'TIER', text: ({ tier }) => tier ?? '-' },
  { title: 'MODELS', text: ({ allowed_models }) => allowed_models?.join(',') ?? 'all' },
  { title: 'CREATED', text: ({ created_at }) => created_at.slice(0, 10) },
  { title: 'EXPIRES', text: ({ expires_at }) => endOf(expires_at) },
  { title: 'REVOKED', text: ({ revoked_at }) => revoked_at?.slice(0, 10) ?? '-' },
];

/** To the minute, since a key may live for hours; and whether that is over, which a time in UTC does not show at a glance. */
function endOf(expiresAt: string | null): string {
  if (expiresAt === null) return 'never';
  const hasEnded = Date.parse(expiresAt) <= systemClock.nowMs();
  return `${expiresAt.slice(0, 16)}Z${hasEnded ? ' ended' : ''}`;
}

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .summary('make, list and revoke API keys')
    .description(
      'Make, list and revoke API keys. From the first key on, the gateway wants one for every route with data.',
    );
  const make = keys
    .command('create')
    .summary('make a key, and show it once')
    .description('Make a key, and show it: now, and never again.')
    .option('--tenant <name>', 'whose budget it draws on, whose data it sees', 'default')
    .option('--user <id>', 'whose key it is: with the role user, and with no other')
    .addOption(new Option('--role <role>', 'what it may do').choices(['admin', 'server', 'user']).default('user'))
    .option('--tier <name>', 'a tier of the configuration')
    .option('--models <names>', 'the only models it may ask: routes or provider/model, with commas', names)
    .option('--expires <when>', 'after so long (90d, 12h), or at an instant (2027-01-31T00:00:00Z)', expiry)
    .option('--json', 'as JSON: {"id", "key"}')
    .addOption(operatorKeyOption())
    .action((options: CreateOptions) => create(options, make));
  keys
    .command('list')
    .summary('list the keys, newest first')
    .description('List the keys, newest first: everything about them but the key.')
    .option('--tenant <name>', 'of this tenant alone')
    .option('--json', 'as JSON, in the shape of the HTTP API')
    .addOption(operatorKeyOption())
    .action(list);
  keys
    .command('revoke')
    .summary('revoke a key')
    .description(
      'Revoke a key, by the id that `keys list` shows. It stops at once; other instances stop within a minute.',
    )
    .argument('<id>', 'such as key_0198…')
    .option('--json', 'as JSON, in the shape of the HTTP API')
    .addOption(operatorKeyOption())
    .action(revoke);
}

async function create(options: CreateOptions, command: Command): Promise<void> {
  const { tenant, user, role, tier, models, expires, json, key: signIn } = options;
  if (role === 'user' && user === undefined)
    command.error(
      'error: --user <id> is missing: whose key is it? Or give --role server, or admin, for a key of nobody',
    );
  await using keys = await openKeys(signIn);
  const made = await keys.create({
    tenant,
    role,
    ...(user !== undefined && { user_id: user }),
    ...(tier !== undefined && { tier }),
    ...(models !== undefined && { allowed_models: models }),
    ...(expires !== undefined && { expires_at: expires }),
  });
  const { id, key, first } = made;
  toOutput(json ? toJson({ id, key }) : `${key}\n`);
  if (!json) toPeople(`This is the key ${id}. It is shown now and never again: put it where it is used.\n`);
  if (!first) return;
  toPeople('It is the first: from now on the gateway wants a key for every route with data.\n');
  if (made.role !== 'admin')
    toPeople(
      'It is no admin key. To make others through a running server, set LLM_ADMIN_KEY or make one with --role admin.\n',
    );
}

async function list({ tenant, json, key }: ListOptions): Promise<void> {
  await using keys = await openKeys(key);
  const rows: KeyRow[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await keys.list({ ...(tenant !== undefined && { tenant }), ...(cursor !== undefined && { cursor }) });
    rows.push(...page.keys);
    cursor = page.next_cursor;
  }
  if (json) toOutput(toJson({ keys: rows, next_cursor: null }));
  else if (rows.length === 0) toPeople('There are no keys.\n');
  else toOutput(table(rows, COLUMNS));
}

async function revoke(id: string, { json, key }: RevokeOptions): Promise<void> {
  await using keys = await openKeys(key);
  const row = await keys.revoke(id);
  if (json) toOutput(toJson(row));
  else toPeople(`${row.id} is revoked.\n`);
}

async function openKeys(signIn: string | undefined): Promise<Backend['keys'] & AsyncDisposable> {
  const backend = await openBackend(signIn ?? null, { asOperator: true });
  return { ...backend.keys, [Symbol.asyncDispose]: () => backend.close() };
}

function names(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

const HOUR_MS = 3_600_000;
/** A hundred years: what is farther away is a slip of the finger. */
const LONGEST_MS = 100 * 365 * 24 * HOUR_MS;

/** As an ISO time. */
function expiry(text: string): string {
  const [, count = '', unit] = /^(\d{1,6})([hd])$/.exec(text) ?? [];
  const isInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const afterMs = Number(count) * (unit === 'd' ? 24 * HOUR_MS : HOUR_MS);
  const nowMs = systemClock.nowMs();
  const atMs = unit === undefined ? (isInstant ? Date.parse(text) : Number.NaN) : nowMs + afterMs;
  if (!(atMs > nowMs && atMs < nowMs + LONGEST_MS))
    throw new InvalidArgumentError('Write 90d, 12h, or an instant to come such as 2027-01-31T00:00:00Z.');
  return new Date(atMs).toISOString();
}
