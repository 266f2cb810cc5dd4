import { describe, expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

describe('usage', () => {
  it('shows the tokens of what was asked', async () => {
    await using folder = new Folder();
    const completion = JSON.parse((await folder.run(['complete', '--json', 'Hello'])).stdout);
    const usage = JSON.parse((await folder.run(['usage', '--json', '--by', 'model'])).stdout);
    const figures = {
      requests: 1,
      attempts: 1,
      prompt_tokens: completion.prompt_tokens,
      completion_tokens: completion.completion_tokens,
      total_tokens: completion.total_tokens,
      cost_usd: '0.00',
    };
    expect(completion.total_tokens).toBeGreaterThan(0);
    expect(usage).toMatchObject({ user_id: 'cli', totals: figures, groups: [{ key: completion.model, ...figures }] });
    const { stdout } = await folder.run(['usage', '--by', 'day']);
    const [titles, day, total] = stdout.split('\n');
    expect(titles).toMatch(/^DAY +REQUESTS/);
    expect(day).toMatch(/^\d{4}-\d\d-\d\d +1 /);
    expect(total).toMatch(new RegExp(`^total +1 .* ${completion.total_tokens} `));
  });

  it('shows a user and a time alone', async () => {
    await using folder = new Folder();
    await folder.run(['complete', 'Hello']);
    for (const of of [
      ['--user', 'bob'],
      ['--to', '2020-01-01'],
      ['--from', '2999-12-31T23:00:00Z'],
    ]) {
      const { stdout } = await folder.run(['usage', '--json', ...of]);
      expect(JSON.parse(stdout).totals.requests, of.join(' ')).toBe(0);
    }
  });
});

describe('models', () => {
  it('lists window, price and features', async () => {
    await using folder = new Folder(vendorEnv('http://127.0.0.1:9'));
    const { code, stdout } = await folder.run(['models']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^MODEL +PROVIDER +WINDOW/);
    expect(stdout).toMatch(/^openai\/gpt-oss-120b +groq +131,072 .* 0\.\d+ .*tools/m);
    const { models } = JSON.parse((await folder.run(['models', '--json'])).stdout);
    expect(models.find(({ id }: { id: string }) => id === 'openai/gpt-oss-120b')).toMatchObject({
      provider: 'groq',
      context_window: 131_072,
      price: { input: expect.stringMatching(/^0\.\d+$/) },
    });
  });

  it('lists the routes with their targets before them, as doctor and `/v1/models` do', async () => {
    await using folder = new Folder(vendorEnv('http://127.0.0.1:9'));
    folder.write(
      'codementor-llm.yaml',
      'routes: { tutor: { targets: [openai/gpt-oss-20b, gpt-5.4, offline/echo] } }\n',
    );
    const { stdout } = await folder.run(['models']);
    expect(stdout).toMatch(/^ROUTE +TARGETS\ntutor +openai\/gpt-oss-20b\n\nMODEL +PROVIDER/);
    const { models } = JSON.parse((await folder.run(['models', '--json'])).stdout);
    expect(models[0]).toMatchObject({ id: 'tutor', provider: 'codementor-llm', targets: ['openai/gpt-oss-20b'] });
    expect((await folder.run(['doctor'])).stdout).toContain('route tutor: openai/gpt-oss-20b\n');
  });

  it('B11: lists what may be asked from here, and nothing else', async () => {
    await using folder = new Folder(vendorEnv('http://127.0.0.1:9'));
    folder.write('codementor-llm.yaml', 'tenants: { default: { allowed_models: [groq/openai/gpt-oss-20b] } }\n');
    const { models } = JSON.parse((await folder.run(['models', '--json'])).stdout);
    expect(models.map(({ id }: { id: string }) => id)).toEqual(['openai/gpt-oss-20b']);
  });
});

describe('doctor', () => {
  it('says what is set and where, and shows no secret', async () => {
    await using folder = new Folder({
      ...vendorEnv('http://127.0.0.1:9'),
      LLM_ADMIN_KEY: 'admin_canary_0123456789abcdef0123456789',
      PORT: '4321',
    });
    const { code, stdout, stderr } = await folder.run(['doctor']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^PORT +4321 +environment$/m);
    expect(stdout).toMatch(/^HOST +127\.0\.0\.1 +default$/m);
    expect(stdout).toMatch(/^GROQ_API_KEY +\S+ +environment$/m);
    expect(stdout).toMatch(/^LLM_CONFIG +\/\S+\/codementor-llm\.yaml +default$/m);
    expect(stdout).not.toContain('canary');
  });

  it('says which file was named', async () => {
    await using folder = new Folder({ ...vendorEnv('http://127.0.0.1:9'), LLM_CONFIG: 'other.yaml' });
    folder.write('other.yaml', 'cache: { ttl_seconds: 7 }');
    const { stdout } = await folder.run(['doctor']);
    expect(stdout).toMatch(/^LLM_CONFIG +\/\S+\/other\.yaml +environment$/m);
  });

  it.each([
    ['REDIS_URL', 'redis://127.0.0.1:9', 'ioredis'],
    ['DATABASE_URL', 'postgres://u:p@127.0.0.1:9/d', 'pg'],
  ])('says what %s needs where that package is not installed', async (variable, url, name) => {
    // As Node says it of a package that is not there.
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(asked, context, next) {
        if (asked !== '${name}') return next(asked, context);
        throw Object.assign(new Error("Cannot find package '${name}' imported from x"), { code: 'ERR_MODULE_NOT_FOUND' });
      } });`;
    const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(hook)}`;
    await using folder = new Folder({ LLM_PRIMARY_PROVIDER: 'offline', [variable]: url, NODE_OPTIONS });
    expect(await folder.run(['doctor'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `${variable} needs the package ${name}, which is not installed: npm install ${name}`,
      ),
    });
  });

  it('fails when the key of the provider is missing, and names it', async () => {
    await using folder = new Folder();
    const { code, stderr } = await folder.run(['doctor']);
    expect(code).toBe(1);
    expect(stderr).toContain('set GROQ_API_KEY');
  });

  it('says who answers, who stands in, who else is there, and shows no key of the file', async () => {
    await using folder = new Folder({
      ...vendorEnv('http://127.0.0.1:9'),
      OPENAI_API_KEY: 'sk-canary_of_openai',
      GEMINI_API_KEY: 'AIza_canary_of_gemini',
    });
    folder.write(
      'codementor-llm.yaml',
      'providers: { local: { type: compatible, base_url: "http://127.0.0.1:9", api_key: canary_of_the_file } }',
    );
    const { code, stdout, stderr } = await folder.run(['doctor']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/provider: groq at http:\/\/127\.0\.0\.1:9\/openai\/v1, openai\/gpt-oss-120b/);
    expect(stdout).toMatch(/fallback: openai at https:\/\/api\.openai\.com\/v1, gpt-5\.4-mini/);
    expect(stdout).toMatch(/by name: gemini at https:.*\n.*by name: local at http:\/\/127\.0\.0\.1:9/);
    expect(stdout).toMatch(/^providers\.local\.api_key +\[secret\] +file$/m);
    expect(stdout).not.toContain('canary');
  });

  it('says that the fallback is off, and why', async () => {
    await using folder = new Folder(vendorEnv('http://127.0.0.1:9'));
    const { code, stdout } = await folder.run(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toContain('(LLM_FALLBACK_PROVIDER=openai) is off: OPENAI_API_KEY is not set');
  });

  it('finds nothing missing where offline answers are wanted', async () => {
    await using folder = new Folder({ LLM_PRIMARY_PROVIDER: 'offline' });
    expect(await folder.run(['doctor'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('asks the provider only when it is told to', async () => {
    await using vendor = await withVendor(startGroqMock);
    await using folder = new Folder(vendorEnv(vendor.url));
    expect(await folder.run(['doctor'])).toMatchObject({ code: 0 });
    expect(vendor.requests).toHaveLength(0);
    const asked = await folder.run(['doctor', '--ask']);
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('answered') });
    expect(vendor.requests[0]?.body).toMatchObject({ max_completion_tokens: 1 });
  });

  it('fails when the provider refuses the key', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ fault: { kind: 'status', status: 401 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const { code, stdout, stderr } = await folder.run(['doctor', '--ask']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ asked: /);
    expect(stdout + stderr).not.toContain('canary');
  });
});

describe('wrong usage', () => {
  it.each([
    [['chta'], 'Did you mean chat?'],
    [['complete', '--modle', 'x', 'Hello'], 'Did you mean --model?'],
    [['complete', '--temperature', 'warm', 'Hello'], 'must be a number'],
    [['complete'], 'nothing to ask'],
    [['usage', '--by', 'moon'], 'tag:<name>'],
    [['usage', '--from', 'yesterday'], '2026-01-31'],
    [['models', 'extra'], 'too many arguments'],
  ])('%j ends with exit code 2 and says %s', async (args, says) => {
    await using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(says);
  });

  it('leaves the help a success', async () => {
    await using folder = new Folder();
    const help = await folder.run(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['serve', 'chat', 'complete', 'models', 'usage', 'ledger', 'doctor'])
      expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect((await folder.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
