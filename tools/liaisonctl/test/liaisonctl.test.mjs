import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, printed, problem, run, runOnTerminal, serve, start } from './fake.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ID = '0193b5a0-0000-7000-8000-000000000001';

const broadcast = (more = {}) => JSON.stringify({
  identifier: 'PLD-2026-0117', sender: 'pld-duty@dss.example', sent: '2026-11-23T09:30:00-05:00',
  status: 'actual', type: 'alert', urgency: 'immediate', severity: 'severe', certainty: 'likely',
  messages: [{ language: 'en', headline: 'Road closed', description: 'It is closed.' }],
  audience: { cities: ['Chicago, IL'] }, ...more,
});

const mission = (id, more = {}) => ({
  mission: id, because: 'cities[0] = Chicago, IL', office: 'chicago', office_because: 'same city',
  duty: 'office:chicago', representatives: [
    { rank: 1, name: 'Lena Example', language: 'es', endpoints: [`mailto:${id}@x.example`] }],
  gaps: [], ...more,
});

const preview = (more = {}) => ({
  as_of: '2026-11-23T14:30:00Z',
  missions: [mission('ar-chicago', { gaps: ['fewer than two valid representatives'] }), mission('mx-chicago')],
  offices: [{ office: 'chicago', missions: 2, duty: 'office:chicago' }],
  notifications: 5, languages: { en: 3, es: 2 }, warnings: ['the city matches nothing else'], ...more,
});

const accepted = {
  id: ID, identifier: 'PLD-2026-0117', state: 'released', missions: 2, representatives: 2,
  notifications: 5, deadline: '2026-11-24T00:00:00.000Z', warnings: [],
};

const progress = (n, more = {}) => ({
  id: ID, headline: 'Road closed', progress: {
    notifications: { queued: 0, sending: 0, deferred: 0, accepted: 0, refused: 0, withdrawn: 0, ...n },
    obligations: { open: 0, reached: 2 }, attempts: 6, first_accepted: '2026-11-23T14:30:01.000Z',
    last_accepted: '2026-11-23T14:30:12.300Z', elapsed_ms: 12300,
  }, ...more,
});

const record = (seq, more = {}) => ({
  seq, time: '2026-11-23T14:30:00.123Z', event: 'notification.deferred', status: 'actual', broadcast: ID,
  missions: 'ar-chicago', recipient: 'ar-chicago/1', channel: 'smtp', endpoint: 'mailto:a@x.example',
  attempt: 1, outcome: 'deferred', reply: `451 try later ${seq}`, duration_ms: 12, node: 'n', prev: '', hash: '',
  ...more,
});

function file(t, text, name = 'broadcast.json') {
  const path = join(folder(t), name);
  writeFileSync(path, text);
  return path;
}

// A log of n records that is read as the daemon reads it.
const records = (n, make = record) => ({ query }) => {
  const all = Array.from({ length: n }, (_, i) => make(i + 1));
  const after = Number(query.after ?? 0);
  const rows = all.filter((r) => r.seq > after && (!query.outcome || r.outcome === query.outcome))
    .slice(0, Number(query.limit ?? 100));
  return [200, { records: rows, next: rows.length ? rows.at(-1).seq : after }];
};

const sending = () => ({
  'POST /v1/preview': [200, preview()],
  'POST /v1/broadcasts': [201, accepted],
});
const posted = (api) => api.requests.filter((r) => r.path === '/v1/broadcasts' && r.method === 'POST');

// Nothing that a terminal acts on but what this program writes itself.
function assertHarmless(text) {
  const ours = text.replaceAll(/\x1b\[(1|0)m/g, '').replaceAll('\x1b[K', '');
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(ours, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
}
const hostile = 'a\u001b]0;owned\u0007\u001b[2J\u009b31mz\u202e\nliaisonctl: all is well';

test('an unknown command, option or number of arguments is a usage error with a hint', async () => {
  for (const [args, want] of [
    [['stauts'], /did you mean status\?/],
    [['roster', 'chekc'], /did you mean roster check\?/],
    [['roster'], /roster needs a second word/],
    [['qqqqqq'], /liaisonctl help lists them/],
    [['--nonsense'], /Unknown option --nonsense/],
    [['status', '--nonsense'], /Unknown option --nonsense/],
    [['preview'], /an argument is missing/],
    [['retry', 'a', 'b'], /too many arguments/],
    [['watch', 'x', '--timeout', '-1'], /not negative/],
    [['when', 'chicago', '--at', 'yesterday'], /--at yesterday/],
    [['when', 'chicago', '--at', '2026-11-23T09:30:00'], /offset/],
    [['tail', '-f', '--until', '2026-11-23T09:30:00Z'], /-f has no end/],
    [['tail', '-n', 'many'], /-n: a number/],
    [['roster', 'set', 'fr-chicago', 'threat_level'], /FIELD=VALUE/],
    [['roster', 'set', 'fr-chicago/x', 'email=a@b.example'], /rank/],
    [['token', 'create', 'x'], /at least one --role/],
    [['take', 'x'], /say which: --mission M for each one, or --all/],
    [['--server', 'ftp://x', 'health'], /give unix:\/path/],
    [['--server', 'unix:relative', 'health'], /must begin with \//],
    [['--server', 'http://user:secret@host', 'health'], /no user/],
    [['--token-file', '/nonexistent/token', 'health'], /token's file: open \/nonexistent\/token/],
  ]) {
    const r = await run(null, args);
    assert.equal(r.code, 2, args.join(' '));
    assert.match(r.stderr, want);
    assert.equal(r.stdout, '');
  }
});

test('every command of the table has help, an example in the manual and a completion', async () => {
  const { stdout, code } = await run(null, ['help']);
  assert.equal(code, 0);
  const names = [...stdout.matchAll(/^ {2}([a-z]+(?:-[a-z]+)?(?: [a-z]+)?)(?= |$)/gm)]
    .map((m) => m[1]);
  assert.ok(names.length >= 20, names.join());
  const manual = readFileSync(join(here, '../liaisonctl.1'), 'utf8');
  const complete = (...words) => execFileSync('bash', ['-c',
    `PATH=${dirname(process.env.LIAISONCTL)}:$PATH; source ${join(here, '../liaisonctl.bash-completion')}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _liaisonctl; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash', 'liaisonctl', ...words], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const name of names) {
    const help = await run(null, [...name.split(' '), '--help']);
    assert.equal(help.code, 0, name);
    if (name !== 'help') assert.match(help.stdout, /--json/);
    assert.match(manual, new RegExp(`liaisonctl (--[^\\n]* )?${name.replace('-', '\\\\?-')}`), `${name} has an example`);
    const words = name.split(' ');
    assert.deepEqual(complete(...words.slice(0, -1), words.at(-1)).filter((w) => w === words.at(-1)), [words.at(-1)]);
  }
  assert.deepEqual(complete('tail', '--bro'), ['--broadcast']);
  assert.deepEqual(complete('roster', 'import', '--dr'), ['--dry-run']);
  assert.deepEqual(complete('--js'), ['--json']);
});

test('when completes with offices, desks and missions, and never with files', async (t) => {
  const api = await serve(t, { 'GET /v1/duty': [200, { offices: ['chicago', 'honolulu'], desks: ['pld'], missions: ['fr-chicago'] }] });
  assert.equal((await run(api, ['when', '--list'])).stdout, 'chicago\nhonolulu\npld\nfr-chicago\n');
  assert.equal((await run(api, ['when'])).code, 2);
  const complete = (...words) => new Promise((done, fail) => execFile('bash', ['-c',
    `PATH=${dirname(process.env.LIAISONCTL)}:$PATH; source ${join(here, '../liaisonctl.bash-completion')}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _liaisonctl; printf '%s\n' "\${COMPREPLY[@]}"`,
    'bash', 'liaisonctl', ...words], { cwd: here, encoding: 'utf8' }, (error, stdout) => error ? fail(error) : done(stdout.split('\n').filter(Boolean))));
  assert.deepEqual(await complete('--server', api.server, 'when', ''), ['chicago', 'honolulu', 'pld', 'fr-chicago']);
  assert.deepEqual(await complete('--server', api.server, 'when', 'ho'), ['honolulu']);
  assert.deepEqual(await complete('--server', 'unix:/nonexistent', 'when', ''), []);
});

// The examples of the manual, as their words.
const manualExamples = () => {
  const manual = readFileSync(join(here, '../liaisonctl.1'), 'utf8');
  return [...manual.matchAll(/^\.EX\n([\s\S]*?)^\.EE$/gm)].flatMap((m) => m[1].split('\n')).filter(Boolean)
    .map((line) => line.replaceAll('\\-', '-').replaceAll('\\(aq', "'"));
};
const wordsOf = (line) => [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]);

const sheetRow = (more = {}) => ({
  broadcast: ID, mission: 'ar-chicago', mission_name: 'Consulate of Argentina', office: 'chicago',
  quorum: { asked: 2, acknowledged: 0, needed: 1 }, recipient: 'ar-chicago/1', rank: 1, name: 'Lena Example',
  phone: '+13125550101', language: 'es', state: 'reached', what: 'delivered, no answer', local_time: '2026-11-23 08:30 CST',
  tried: [{ channel: 'smtp', endpoint: 'mailto:a@x.example', attempts: 1, state: 'accepted', reply: '250 taken' },
    { channel: 'webhook', endpoint: 'https://x.example/', attempts: 1, state: 'refused', reply: '410 gone' }], ...more,
});
const sheet = (...rows) => ({ as_of: '2026-11-23T14:30:00Z', missions: rows.length, affected: 61, rows });
const SHEET = `GET /v1/broadcasts/${ID}/unreached`, REPORT = `GET /v1/broadcasts/${ID}/report`;
const TAKE = `POST /v1/broadcasts/${ID}/take`;

test('unreached lists whom to call, and says what it is out of', async (t) => {
  const api = await serve(t, { [SHEET]: [200, sheet(sheetRow(),
    sheetRow({ mission: 'pg-chicago-hc', mission_name: 'Consulate of Papua', rank: 0, name: '', phone: '', language: '',
      state: 'nobody', what: 'nobody is known: no valid representative', tried: [] }))] });
  const r = await run(api, ['unreached', ID]);
  assert.equal(r.code, 0, r.stderr);
  assert.match(r.stdout, /^MISSION +REPRESENTATIVE +TELEPHONE +LANGUAGE +LOCAL TIME +STATE +TRIED *$/m);
  assert.match(r.stdout, /^ar-chicago +1\. Lena Example +\+13125550101 +es +2026-11-23 08:30 CST +delivered, no answer +smtp accepted: 250 taken; webhook refused: 410 gone *$/m);
  assert.match(r.stdout, /^pg-chicago-hc +Consulate of Papua +2026-11-23 08:30 CST +nobody is known: no valid representative *$/m);
  assert.match(r.stdout, /^2 of 61 missions have not acknowledged$/m);
  assert.equal(api.requests[0].headers.accept, 'application/json');
  assert.deepEqual(api.requests[0].query, {});
});

test('unreached without a broadcast asks of all that are released', async (t) => {
  const api = await serve(t, { 'GET /v1/unreached': [200, sheet(sheetRow())] });
  const r = await run(api, ['unreached']);
  assert.equal(r.code, 0, r.stderr);
  assert.match(r.stdout, /^1 of 61 missions have not acknowledged$/m);
});

test('unreached with everybody told says so', async (t) => {
  const api = await serve(t, { [SHEET]: [200, sheet()] });
  assert.equal((await run(api, ['unreached', ID])).stdout, '0 of 61 missions have not acknowledged\n');
});

test('unreached asks for the form that is wanted and hands it on as it is', async (t) => {
  const api = await serve(t, { [SHEET]: ({ headers }) => [200, `as ${headers.accept}\r\n`] });
  assert.equal((await run(api, ['unreached', ID, '--csv'])).stdout, 'as text/csv\r\n');
  const page = join(folder(t), 'sheet.html');
  assert.equal((await run(api, ['unreached', ID, '--html', page])).code, 0);
  assert.equal(readFileSync(page, 'utf8'), 'as text/html\r\n');
  assert.equal((await run(api, ['unreached', ID, '--html', '-'])).stdout, 'as text/html\r\n');
  assert.equal((await run(api, ['unreached', ID, '--taken', '--csv'])).code, 0);
  assert.deepEqual(api.requests.at(-1).query, { taken: 'true' });
  const two = await run(api, ['unreached', ID, '--csv', '--json']);
  assert.deepEqual([two.code, two.stdout], [2, '']);
  const nowhere = await run(api, ['unreached', ID, '--html', '/nonexistent/sheet.html']);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /\/nonexistent\/sheet\.html/);
});

test('a hostile call sheet does nothing to a terminal', async (t) => {
  const row = sheetRow({ name: hostile, phone: hostile, what: hostile, tried: [{ channel: 'smtp', state: 'refused', reply: hostile }] });
  const api = await serve(t, { [SHEET]: ({ headers }) => [200, headers.accept === 'text/csv' ? `a,"${hostile}"\r\n` : sheet(row)] });
  for (const args of [['unreached', ID], ['unreached', ID, '--csv']]) {
    const r = await runOnTerminal(api, args);
    assertHarmless(r.stdout.replaceAll('\r\n', '\n'));
    assert.match(r.stdout, /owned/);
  }
});

test('take says which missions, by name or all, and what came of it', async (t) => {
  const api = await serve(t, { [TAKE]: [200, { id: ID, taken: ['ar-chicago'], settled: ['mx-chicago'] }] });
  const r = await run(api, ['take', ID, '--mission', 'ar-chicago', '-m', 'mx-chicago', '--note', 'called']);
  assert.deepEqual([r.code, r.stdout], [0, 'taken over: ar-chicago\nnothing to take over: mx-chicago\n']);
  assert.deepEqual(JSON.parse(api.requests[0].body), { missions: ['ar-chicago', 'mx-chicago'], note: 'called' });
  await run(api, ['take', ID, '--all']);
  assert.deepEqual(JSON.parse(api.requests[1].body), { all: true });
  for (const args of [['take', ID], ['take', ID, '--all', '--mission', 'ar-chicago']]) {
    const wrong = await run(api, args);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /say which/);
  }
  assert.equal(api.requests.length, 2, 'what is unclear is not asked');
});

test('report is text for people, a page in a file, and JSON for programs', async (t) => {
  const api = await serve(t, { [REPORT]: ({ headers }) => [200, headers.accept === 'application/json' ? { id: ID } : `as ${headers.accept}\nline\u001b[2J\n`] });
  assert.equal((await run(api, ['report', ID])).stdout, 'as text/plain\nline\\x1b[2J\n');
  assert.equal((await run(api, ['report', ID, '--json'])).stdout, `{"id":"${ID}"}\n`);
  assert.equal((await run(api, ['report', ID, '--html', '-'])).stdout, 'as text/html\nline\u001b[2J\n');
  assert.equal((await run(api, ['report', ID, '--html', '-', '--json'])).code, 2);
});

const covered = (n, more = {}) => progress({ accepted: 5 }, { state: 'released', coverage: { affected: 2, covered: n, taken: 0, waiting: 2 - n }, ...more });

test('status tells how many missions have acknowledged', async (t) => {
  const api = await serve(t, { [`GET /v1/broadcasts/${ID}`]: [200, covered(1)] });
  assert.match((await run(api, ['status', ID])).stdout, /^coverage +1 of 2 missions have acknowledged, 1 waiting \(liaisonctl unreached lists them\)$/m);
});

test('watch shows acknowledgements, and with --until-covered waits for the last one', async (t) => {
  let asked = 0;
  const api = await serve(t, { [`GET /v1/broadcasts/${ID}`]: () => [200, covered(Math.min(asked++, 2))] });
  const short = await run(api, ['watch', ID]);
  assert.equal(short.code, 0);
  assert.match(short.stdout, /^5 of 5 accepted; 0 of 2 missions acknowledged$/m);
  const long = await run(api, ['watch', ID, '--until-covered']);
  assert.equal(long.code, 0);
  assert.match(long.stdout, /; 1 of 2 missions acknowledged\n.*; 2 of 2 missions acknowledged\nno mission is left to wait for: 2 of 2 acknowledged\n$/);
});

test('watch --until-covered ends with 1 when the broadcast is over, asks nobody, or takes too long', async (t) => {
  let answer = covered(1, { state: 'expired' });
  const api = await serve(t, { [`GET /v1/broadcasts/${ID}`]: () => [200, answer] });
  const over = await run(api, ['watch', ID, '--until-covered']);
  assert.equal(over.code, 1);
  assert.match(over.stdout, /it is over, and 1 of 2 missions have not acknowledged/);
  answer = progress({ accepted: 5 }, { state: 'released' });
  const none = await run(api, ['watch', ID, '--until-covered']);
  assert.equal(none.code, 1);
  assert.match(none.stdout, /nobody is asked to acknowledge it/);
  answer = covered(0);
  const late = await run(api, ['watch', ID, '--until-covered', '--timeout', '1']);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /not done after 1 s: 2 missions have not acknowledged/);
});

test('the examples of the manual for unreached, take, report and watch are taken as they stand', async (t) => {
  const api = await serve(t, {
    [SHEET]: [200, sheet(sheetRow())], 'GET /v1/unreached': [200, sheet(sheetRow())], [REPORT]: [200, 'report\n'], [TAKE]: [200, { id: ID, taken: ['ar-chicago'], settled: [] }],
    [`GET /v1/broadcasts/${ID}`]: [200, covered(2)],
  });
  const dir = folder(t);
  const some = manualExamples().map(wordsOf).filter((words) => ['unreached', 'take', 'report', 'watch'].includes(words[1]));
  assert.ok(some.length >= 6, some.join('\n'));
  for (const words of some) {
    const r = await run(api, words.slice(1).map((w) => (w === 'sheet.html' ? join(dir, w) : w)));
    assert.equal(r.code, 0, `${words.join(' ')}: ${r.stderr}`);
  }
});

test('a daemon that is not there is named with its socket', async (t) => {
  const dir = folder(t);
  const gone = await run({ server: `unix:${dir}/none.sock` }, ['health']);
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /liaisond is not running: there is no socket .*none\.sock/);
  const dead = join(dir, 'dead.sock');
  // Node unlinks what it listened on, so the stale socket is left by another program.
  execFileSync('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(dead)})`]);
  const stale = await run({ server: `unix:${dead}` }, ['health']);
  assert.equal(stale.code, 1);
  assert.match(stale.stderr, /nobody listens on the socket/);
});

test('refusals name the role, the token and every fault', async (t) => {
  const api = await serve(t, {
    'GET /v1/tokens': problem(403, 'forbidden', 'this needs the role operator'),
    'GET /v1/roster/check': problem(401, 'unauthorized', 'no credentials'),
    'POST /v1/preview': problem(422, 'invalid', 'refused', [
      { place: '/audience/cities/0', code: 'unknown-city', detail: 'there is no city Chicag, IL; did you mean Chicago, IL?' },
      { place: '/sent', code: 'no-offset', detail: hostile }]),
    'GET /v1/broadcasts': [502, '<html>\u001b[2J bad gateway'],
  });
  const role = await run(api, ['token', 'list']);
  assert.deepEqual([role.code, role.stderr], [1, 'liaisonctl: this needs the role operator (forbidden)\n']);
  assert.match((await run(api, ['roster', 'check'])).stderr, /--token-file FILE or \$LIAISOND_TOKEN_FILE/);
  const faults = await run(api, ['preview', file(t, broadcast())]);
  assert.equal(faults.code, 1);
  const lines = faults.stderr.split('\n');
  assert.equal(lines[0], 'liaisonctl: /audience/cities/0: there is no city Chicag, IL; did you mean Chicago, IL? (unknown-city)');
  assert.match(lines[1], /^liaisonctl: \/sent: a\\x1b\]0;owned.*\\x0aliaisonctl: all is well \(no-offset\)$/);
  assert.equal(lines.length, 3);
  assertHarmless(faults.stderr);
  const gateway = await run(api, ['status']);
  assert.equal(gateway.code, 1);
  assert.match(gateway.stderr, /answered 502 .*<html>\\x1b\[2J bad gateway/);
  const json = await run(api, ['token', 'list', '--json']);
  assert.equal(JSON.parse(json.stdout).status, 403);
});

test('a token comes from a file and goes into the header', async (t) => {
  const api = await serve(t, { 'GET /readyz': [200, { status: 'ready', store: 'ok', dispatcher: 'ok' }] });
  const token = file(t, 'lsd_secret\n', 'token');
  const r = await run(api, ['health', '--token-file', token]);
  assert.deepEqual([r.code, r.stdout], [0, 'ready: store ok, dispatcher ok\n']);
  await run(api, ['health'], { env: { LIAISOND_TOKEN_FILE: token } });
  await run(null, ['health'], { env: { LIAISOND_SERVER: api.server } });
  assert.deepEqual(api.requests.map((q) => q.headers.authorization), ['Bearer lsd_secret', 'Bearer lsd_secret', undefined]);
  const forged = await run(api, ['health', '--token-file', file(t, 'lsd_x\r\nX-Role: operator\n', 'token')]);
  assert.equal(forged.code, 2);
  assert.equal(api.requests.length, 3);
});

test('a daemon that is not ready is told part by part', async (t) => {
  const api = await serve(t, { 'GET /readyz': [503, { status: 'not-ready', store: 'disk is full', dispatcher: 'ok' }] });
  const r = await run(api, ['health']);
  assert.deepEqual([r.code, r.stdout], [1, 'not-ready: store disk is full, dispatcher ok\n']);
});

test('preview shows who, why, gaps and warnings, and --json the very bytes', async (t) => {
  const raw = `${JSON.stringify(preview(), null, 1)}`;
  const api = await serve(t, { 'POST /v1/preview': [200, raw] });
  const path = file(t, broadcast());
  const r = await run(api, ['preview', path, '--at', '2026-11-23T09:30:00-05:00']);
  assert.equal(r.code, 0);
  assert.equal(api.requests[0].query.at, '2026-11-23T09:30:00-05:00');
  assert.equal(api.requests[0].body, broadcast());
  assert.match(r.stdout, /^en: Road closed$/m);
  assert.match(r.stdout, /^ar-chicago +chicago +office:chicago +Lena Example \(es\) +cities\[0\] = Chicago, IL$/m);
  assert.match(r.stdout, /^gap: ar-chicago: fewer than two valid representatives$/m);
  assert.match(r.stdout, /^warning: the city matches nothing else$/m);
  assert.match(r.stdout, /^languages: en 3, es 2$/m);
  assert.match(r.stdout, /^2 missions, 2 representatives, 5 notifications at 2026-11-23 14:30:00 UTC$/m);
  assert.doesNotMatch(r.stdout, /E X E R C I S E/);
  const json = await run(api, ['preview', '-', '--json'], { input: broadcast() });
  assert.equal(json.stdout, `${raw}\n`);
});

test('what is not actual says so in big letters', async (t) => {
  const api = await serve(t, sending());
  for (const [status, letters] of [['exercise', 'E X E R C I S E'], ['test', 'T E S T'], ['system', 'S Y S T E M'], ['draft', 'D R A F T']])
    assert.ok((await run(api, ['preview', file(t, broadcast({ status }))])).stdout.includes(letters));
});

test('send without a terminal asks for --expect-missions before anything is asked of the server', async (t) => {
  const api = await serve(t, sending());
  const r = await run(api, ['send', file(t, broadcast())]);
  assert.equal(r.code, 2);
  assert.match(r.stderr, /--expect-missions N/);
  assert.equal(api.requests.length, 0);
});

test('send with the right number posts once under the key of the file, with the wrong one never', async (t) => {
  const api = await serve(t, sending());
  const path = file(t, broadcast());
  const wrong = await run(api, ['send', path, '--expect-missions', '3']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /says 2 missions and 3 were expected: nothing was sent/);
  assert.equal(posted(api).length, 0);
  const right = await run(api, ['send', path, '--expect-missions=2']);
  assert.equal(right.code, 0);
  assert.equal(right.stdout.trimEnd().split('\n').at(-1), ID);
  const key = `sha256-${createHash('sha256').update(broadcast()).digest('hex')}-2`;
  assert.deepEqual(posted(api).map((q) => [q.query.expect_missions, q.headers['idempotency-key'], q.headers['content-type'], q.body]),
    [['2', key, 'application/json', broadcast()]]);
  const own = await run(api, ['send', '-', '--expect-missions=2', '--idempotency-key', 'mine', '--json'], { input: broadcast() });
  assert.deepEqual(JSON.parse(own.stdout), accepted);
  assert.match(own.stderr, /2 missions, 2 representatives/);
  assert.equal(posted(api)[1].headers['idempotency-key'], 'mine');
  await run(api, ['send', '-', '--expect-missions=2'], { input: '\ufeff<alert/>' });
  assert.equal(posted(api)[2].headers['content-type'], 'application/cap+xml');
});

test('a broadcast that was taken but not sent does not look as if it had been', async (t) => {
  for (const [more, sentence] of [[{ hold: 'it names no place\u001b[2J' }, /HELD for a person, nothing was sent: it names no place/],
    [{ approve_by: '2026-11-23T10:00:00.000Z' }, /PENDING, nothing was sent: a second person must approve it until/]]) {
    const api = await serve(t, { ...sending(), 'POST /v1/broadcasts': [201, { ...accepted, ...more }] });
    const r = await run(api, ['send', file(t, broadcast()), '--expect-missions', '2']);
    assert.equal(r.code, 0);
    assert.match(r.stdout, sentence);
    assert.doesNotMatch(r.stdout, /^accepted/m);
    assertHarmless(r.stdout);
  }
});

test('explain tells who answered what, who was reminded, and who took it over', async (t) => {
  const obligation = (more) => ({ recipient: 'ar-chicago/1', kind: 'representative', name: 'Lena Example', language: 'es',
    state: 'reached', reason: 'affected', detail: '', asks: true, answers: [], taken_by: '', ended: null, notifications: [
      { id: 'k', channel: 'smtp', endpoint: 'mailto:a@x.example', state: 'accepted', attempts: 1, due: null, reminder: true }], ...more });
  const at = '2026-11-23T14:40:00.000Z';
  const api = await serve(t, { [`GET /v1/broadcasts/${ID}/explain`]: [200, { id: ID, records: [], others: [], missions: [
    { mission: 'ar-chicago', name: 'Consulate', because: 'x', office: '', duty: 'office:chicago', gaps: [], obligations: [
      obligation({}),
      obligation({ state: 'acknowledged', answers: [{ time: at, answer: 'need-assistance', method: 'page', note: `a crowd${hostile}` }] }),
      obligation({ state: 'escalated', taken_by: 'unix:watch: called', ended: at })] }] }] });
  const { stdout } = await run(api, ['explain', ID]);
  assert.match(stdout, /^ {8}has not acknowledged$/m);
  assert.match(stdout, /^ {8}answered need-assistance at 2026-11-23 14:40:00 by page: a crowd/m);
  assert.match(stdout, /^ {8}taken over at 2026-11-23 14:40:00 by unix:watch: called$/m);
  assert.match(stdout, /^ {8}mailto:a@x\.example {2}accepted after 1 attempt \(reminder\)$/m);
  assert.equal(stdout.match(/has not acknowledged/g).length, 1);
  assertHarmless(stdout);
});

test('what is held until it is effective is never silent', async (t) => {
  const held_until = '2026-11-24T06:00:00.000Z';
  const api = await serve(t, { ...sending(), 'POST /v1/broadcasts': [201, { ...accepted, held_until }],
    'POST /v1/preview': [200, { ...preview(), held_until }],
    [`GET /v1/broadcasts/${ID}`]: [200, { ...accepted, held_until, progress: { notifications: { deferred: 4 } } }],
    [`POST /v1/broadcasts/${ID}/retry`]: [200, { retried: 0, held_until }] });
  const sent = await run(api, ['send', file(t, broadcast()), '--expect-missions', '2']);
  assert.match(sent.stdout, /would go out at 2026-11-24 06:00:00 UTC, not at once/);
  assert.match(sent.stdout, /it will go out at 2026-11-24 06:00:00 UTC/);
  assert.match((await run(api, ['status', ID])).stdout, /held until +2026-11-24 06:00:00 UTC, nothing is sent before/);
  assert.match((await run(api, ['retry', ID])).stdout, /nothing is sent before 2026-11-24 06:00:00 UTC/);
  assert.match((await run(api, ['watch', ID, '--timeout', '1'])).stdout, /held until 2026-11-24 06:00:00 UTC/);
});

test('what a person decides is one call each', async (t) => {
  const done = { id: ID, state: 'released', missions: 2, notifications: 4 };
  const at = `/v1/broadcasts/${ID}`;
  const api = await serve(t, {
    [`POST ${at}/approve`]: [200, done], [`POST ${at}/reject`]: [200, { ...done, state: 'rejected' }],
    [`POST ${at}/release`]: [200, done], [`POST ${at}/cancel`]: [201, done],
    [`GET ${at}/cancel`]: [200, { messages: [{ language: 'en', headline: 'Cancelled: x\u001b[2J', description: 'No more.' }] }],
  });
  for (const [args, verb, body] of [
    [['approve', ID, '--missions', '2'], 'approve', { missions: 2 }],
    [['approve', ID, '--missions', '2', '--bypass', '--reason', 'now'], 'approve', { missions: 2, reason: 'now', bypass: true }],
    [['reject', ID, '--reason', 'no'], 'reject', { reason: 'no' }],
    [['release', ID, '--missions', '2', '--audience', '{"states":["TX"]}'], 'release', { missions: 2, audience: { states: ['TX'] } }],
    [['cancel', ID, '--false-alarm'], 'cancel', { false_alarm: true }],
  ]) {
    const r = await run(api, args);
    assert.equal(r.code, 0, r.stderr);
    const last = api.requests.at(-1);
    assert.equal(last.path, `${at}/${verb}`);
    assert.deepEqual(JSON.parse(last.body), body);
  }
  assert.equal((await run(api, ['approve', ID])).code, 2);
  const shown = await run(api, ['cancel', ID, '--preview']);
  assert.match(shown.stdout, /en: Cancelled: x/);
  assertHarmless(shown.stdout);
});

test('on a terminal the number of missions has to be typed', async (t) => {
  for (const [typed, sent] of [['2\r', 1], ['yes\r', 0], ['5\r', 0], ['\r', 0], ['2x\r', 0], ['-2\r', 0], ['\x04', 0]]) {
    const api = await serve(t, sending());
    const r = await runOnTerminal(api, ['send', file(t, broadcast({ status: 'exercise' }))], [['anything else stops', typed]]);
    assert.equal(posted(api).length, sent, `typed ${JSON.stringify(typed)}: ${r.stdout}`);
    assert.equal(r.code, sent ? 0 : 1);
    assert.ok(r.stdout.includes('E X E R C I S E'));
    if (!sent) assert.match(r.stdout, /nothing was sent/);
    assertHarmless(r.stdout);
  }
});

test('an approver sees the preview and types the number of all that it speaks to', async (t) => {
  const at = `/v1/broadcasts/${ID}`;
  const preview = { as_of: '2026-11-23T09:00:00Z', missions: [{ mission: 'a', because: 'x', office: 'chicago', duty: 'office:chicago', representatives: [], gaps: [] }],
    offices: [], notifications: 3, languages: { en: 3 }, warnings: [], released: ['b', 'c'], told: 3 };
  for (const [typed, sent] of [['3\r', 1], ['1\r', 0], ['yes\r', 0], ['\r', 0]]) {
    const api = await serve(t, {
      [`GET ${at}`]: [200, { id: ID, broadcast: JSON.parse(broadcast({ type: 'update' })) }], [`GET ${at}/preview`]: [200, preview],
      [`POST ${at}/approve`]: [200, { id: ID, state: 'released', missions: 3, notifications: 3 }],
    });
    const r = await runOnTerminal(api, ['approve', ID], [['anything else stops', typed]]);
    assert.equal(r.code, sent ? 0 : 1, r.stdout);
    const bodies = api.requests.filter((q) => q.method === 'POST').map((q) => JSON.parse(q.body));
    assert.deepEqual(bodies, sent ? [{ missions: 3 }] : [], `typed ${JSON.stringify(typed)}`);
    assert.match(r.stdout, /no longer affected: 2 missions; spoken to: 3 in all/);
    assert.match(r.stdout, /Road closed/);
    assertHarmless(r.stdout);
  }
});

test('a connection that breaks while sending says that the command may be given again', async (t) => {
  const api = await serve(t, { ...sending(), 'POST /v1/broadcasts': (_, res) => { res.socket.destroy(); } });
  const r = await run(api, ['send', file(t, broadcast()), '--expect-missions', '2']);
  assert.equal(r.code, 1);
  assert.match(r.stderr, /connection was lost/);
  assert.match(r.stderr, /give the same command again, nothing is sent twice \(Idempotency-Key sha256-/);
  const refused = await serve(t, { ...sending(), 'POST /v1/broadcasts': problem(409, 'conflict', 'other content') });
  assert.equal((await run(refused, ['send', file(t, broadcast()), '--expect-missions', '2'])).stderr, 'liaisonctl: other content (conflict)\n');
});

test('a broadcast that was taken before, or planned for others than shown, says so', async (t) => {
  const api = await serve(t, { ...sending(), 'POST /v1/broadcasts': [200, { ...accepted, known: true, missions: 3 }] });
  const r = await run(api, ['send', file(t, broadcast()), '--expect-missions', '2']);
  assert.equal(r.code, 0);
  assert.match(r.stdout, /was taken before; nothing is done twice/);
  assert.match(r.stderr, /planned for 3 missions, the preview says 2 now/);
});

test('status lists page by page and shows one in detail', async (t) => {
  const summary = (i) => ({
    id: `id-${i}`, identifier: 'X', sender: 'a@b.example', status: 'actual', type: 'alert', urgency: 'immediate',
    severity: 'severe', state: 'released', headline: `Headline ${i}`, received: '2026-11-23T14:30:00.000Z',
    deadline: '2026-11-24T00:00:00.000Z', author: 'unix:root', missions: 2, representatives: 4, notifications: 5,
  });
  const api = await serve(t, {
    'GET /v1/broadcasts': ({ query }) => (query.cursor
      ? [200, { broadcasts: [summary(3)], next: null }]
      : [200, { broadcasts: [summary(1), summary(2)], next: 'c 1&' }]),
    [`GET /v1/broadcasts/${ID}`]: [200, {
      ...summary(1), id: ID, ...progress({ accepted: 3, refused: 2 }), headline: 'Road closed',
      broadcast: { messages: [{ language: 'en', headline: 'Road closed', description: 'First\nSecond \u001b[2J' }] } }],
  });
  const list = await run(api, ['status']);
  assert.equal(list.code, 0);
  assert.deepEqual(list.stdout.match(/^id-\d/gm), ['id-1', 'id-2', 'id-3']);
  assert.match(list.stdout, /^id-1 +2026-11-23 14:30:00 +actual +alert +immediate +released +2 +5 +Headline 1$/m);
  assert.equal(api.requests[1].query.cursor, 'c 1&');
  assert.equal(JSON.parse((await run(api, ['status', '--json', '-n', '3'])).stdout).broadcasts.length, 3);
  const one = await run(api, ['status', ID]);
  assert.match(one.stdout, /^notifications +3 accepted, 2 refused$/m);
  assert.match(one.stdout, /the last 12\.3 s after it came in/);
  assert.match(one.stdout, /^ {4}First\n {4}Second \\x1b\[2J$/m);
  assert.equal((await run(api, ['status', '../../etc'])).code, 1);
  assert.equal(api.requests.at(-1).query.identifier, '../../etc');
});

test('watch prints a line a change, waits for a daemon that restarts, and ends with the truth', async (t) => {
  const steps = [progress({ queued: 5 }), progress({ queued: 5 }), 'gone', 'gone', progress({ deferred: 1, accepted: 4 }), progress({ accepted: 5 })];
  const api = await serve(t, {
    [`GET /v1/broadcasts/${ID}`]: (_, res) => {
      const step = steps.shift();
      // Twice, because a request on a kept connection is given a second chance.
      return step === 'gone' ? void res.socket.destroy() : [200, step];
    },
  });
  const r = await run(api, ['watch', ID]);
  assert.equal(r.code, 0);
  assert.deepEqual(r.stdout.split('\n'), [
    '0 of 5 accepted, 5 queued', '4 of 5 accepted, 1 deferred', '5 of 5 accepted',
    'all 5 notifications were accepted, the last 12.3 s after the broadcast came in', '']);
  assert.match(r.stderr, /connection was lost.*; waiting for it/);
});

test('watch fails when something was refused, when time is up and when it is interrupted', async (t) => {
  const api = await serve(t, {
    [`GET /v1/broadcasts/${ID}`]: [200, progress({ accepted: 4, refused: 1 })],
    'GET /v1/broadcasts/slow': [200, progress({ accepted: 4, deferred: 1 })],
  });
  const refused = await run(api, ['watch', ID]);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, new RegExp(`1 of 5 were not accepted: liaisonctl explain ${ID} tells why`));
  const late = await run(api, ['watch', 'slow', '--timeout', '1']);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /not done after 1 s: 1 are still to be sent/);
  const stopped = start(api, ['watch', 'slow']);
  await printed(stopped, 'stdout', '4 of 5 accepted');
  stopped.child.kill('SIGINT');
  assert.equal((await stopped.ended).code, 1);
  assert.match(stopped.result.stderr, /stopped watching/);
  assert.equal((await run(api, ['watch', 'unknown'])).code, 1);
});

test('watch draws a bar on a terminal and lines of JSON for a program', async (t) => {
  const steps = [progress({ queued: 5 }), progress({ accepted: 5 })];
  const api = await serve(t, { [`GET /v1/broadcasts/${ID}`]: () => [200, steps.length > 1 ? steps.shift() : steps[0]] });
  const bar = await runOnTerminal(api, ['watch', ID]);
  assert.equal(bar.code, 0);
  assert.match(bar.stdout, /\r\[\.{40}\] 0 of 5 accepted, 5 queued/);
  assert.match(bar.stdout, /\r\[#{40}\] 5 of 5 accepted/);
  const json = await run(api, ['watch', ID, '--json']);
  assert.deepEqual(json.stdout.trim().split('\n').map((l) => JSON.parse(l).notifications.accepted), [5]);
});

test('explain tells the story with every attempt and the words of the peer', async (t) => {
  const answer = {
    id: ID,
    missions: [{
      ...mission('ar-chicago'), name: 'Consulate General', gaps: ['fewer than two valid representatives'],
      obligations: [{
        recipient: 'ar-chicago/1', kind: 'representative', name: hostile, language: 'es', state: 'reached',
        reason: 'affected', detail: '', notifications: [
          { id: 'k', channel: 'smtp', endpoint: 'mailto:a@x.example', state: 'accepted', attempts: 2, due: null }] }] }],
    others: [{
      recipient: 'desk:pld', kind: 'desk', name: 'PLD', language: 'en', state: 'open', reason: 'no-valid-representative',
      detail: 'nobody at br-chicago', notifications: [] }],
    records: [
      record(1, { event: 'broadcast.accepted', recipient: undefined, endpoint: undefined, reply: undefined, attempt: undefined, duration_ms: undefined, outcome: undefined }),
      record(2, { due: '2026-11-23T14:30:02.000Z' }),
      record(3, { event: 'notification.accepted', outcome: 'accepted', attempt: 2, reply: `250 ok ${hostile}` })],
  };
  const api = await serve(t, { [`GET /v1/broadcasts/${ID}/explain`]: [200, answer] });
  const r = await run(api, ['explain', ID, '--mission', 'ar-chicago']);
  assert.equal(r.code, 0);
  assert.equal(api.requests[0].query.mission, 'ar-chicago');
  for (const line of [
    'ar-chicago  Consulate General', '    is affected because cities[0] = Chicago, IL',
    '    its office is chicago (same city)', '    on duty for it: office:chicago',
    '    gap: fewer than two valid representatives', '        mailto:a@x.example  accepted after 2 attempts',
    '          2026-11-23 14:30:00  attempt 1: deferred after 12 ms, due again 2026-11-23 14:30:02: 451 try later 2',
    '    desk:pld, PLD (en): open', '        because of no-valid-representative: nobody at br-chicago',
    '        has no endpoint that may be used', '2026-11-23 14:30:00  broadcast.accepted'])
    assert.ok(r.stdout.split('\n').includes(line), `${line}\n---\n${r.stdout}`);
  assert.match(r.stdout, /attempt 2: accepted after 12 ms: 250 ok a\\x1b\]0;owned/);
  assertHarmless(r.stdout);
});

test('explain of a mission tells its story, version by version', async (t) => {
  const said = (part) => [{ recipient: 'ar-chicago/1', name: hostile, part, language: 'es', headline: `Calles ${part} ${hostile}` }];
  const version = (id, identifier, type, role, part) => ({ id, identifier, type, sender: 'pld@dss.example', headline: 'Streets', role, because: 'cities[0] = Chicago, IL', said: said(part) });
  const answer = {
    id: ID, missions: [{ ...mission('ar-chicago'), because: 'cancelled', affected: false, name: 'Consulate', gaps: [], obligations: [] }], others: [], records: [],
    versions: [version('a', 'A', 'alert', 'affected', 'full'), version('c', 'C', 'cancel', 'cancelled', 'cancel')],
    story: [
      record(1, { broadcast: 'a', recipient: 'ar-chicago/1', event: 'notification.deferred', outcome: 'unknown', reply: hostile }),
      record(2, { broadcast: 'a', event: 'broadcast.cancelled', recipient: undefined, endpoint: undefined, outcome: undefined, reply: 'by c' }),
      record(3, { broadcast: 'c', recipient: 'ar-chicago/1', event: 'notification.accepted', outcome: 'accepted', endpoint: 'mailto:a@x.example', attempt: 2, reply: '250 ok' })],
  };
  const api = await serve(t, { [`GET /v1/broadcasts/${ID}/explain`]: [200, answer] });
  const r = await run(api, ['explain', ID, '--mission', 'ar-chicago']);
  const order = [/^The story of ar-chicago/m, /^A, alert of pld@dss\.example: "Calles full/m, /^ {4}ar-chicago is affected, because cities\[0\]/m,
    /\(ar-chicago\/1\) may have the whole text at /, /cancelled by C$/m, /^C, cancel of /m, /has the cancel at mailto:a@x\.example, attempt 2: 250 ok$/m,
    /^Where it stands in this version$/m, /^ {4}is not affected: cancelled$/m];
  const at = order.map((line) => r.stdout.search(line));
  assert.deepEqual(at, [...at].sort((x, y) => x - y), r.stdout);
  assert.ok(at[0] >= 0, r.stdout);
  assertHarmless(r.stdout);
});

test('retry tells how many are due', async (t) => {
  const api = await serve(t, { [`POST /v1/broadcasts/${ID}/retry`]: [200, { retried: 1 }] });
  assert.equal((await run(api, ['retry', ID])).stdout, '1 deferred notification due now\n');
});

test('tail shows the last records of a log that is only read forwards', async (t) => {
  const api = await serve(t, { 'GET /v1/records': records(1234), [`GET /v1/broadcasts/${ID}`]: [200, accepted] });
  const seqs = async (...args) => (await run(api, ['tail', '--json', ...args])).stdout.trim().split('\n').map((l) => JSON.parse(l).seq);
  assert.deepEqual(await seqs(), [1225, 1226, 1227, 1228, 1229, 1230, 1231, 1232, 1233, 1234]);
  assert.deepEqual(await seqs('-n', '2'), [1233, 1234]);
  assert.equal((await seqs('-n', 'all')).length, 1234);
  assert.equal((await seqs('--broadcast', ID)).length, 1234);
  const asked = api.requests.length;
  await seqs('-n', '1');
  assert.ok(api.requests.length - asked < 30, 'the end is found by halving');
  for (const size of [0, 1, 2, 3]) {
    const small = await serve(t, { 'GET /v1/records': records(size) });
    const r = await run(small, ['tail', '--json']);
    assert.equal(r.stdout.split('\n').length - 1, size);
  }
});

test('tail finds rare records far back, and passes the filters on', async (t) => {
  const rare = (seq) => record(seq, seq === 3 ? { outcome: 'refused' } : {});
  const api = await serve(t, { 'GET /v1/records': records(9000, rare), 'GET /v1/roster/missions/ar-chicago': [200, {}] });
  const r = await run(api, ['tail', '--json', '-n', '1', '-o', 'refused', '-m', 'ar-chicago', '-c', 'smtp', '--since', '2026-11-23T00:00:00Z', '--until', '2026-11-24T00:00:00Z']);
  assert.equal(JSON.parse(r.stdout).seq, 3);
  const { after, limit, ...filters } = api.requests.at(-1).query;
  assert.deepEqual(filters, { outcome: 'refused', mission: 'ar-chicago', channel: 'smtp', since: '2026-11-23T00:00:00Z', until: '2026-11-24T00:00:00Z' });
});

test('tail aligns text off a terminal, makes a table on one, and lets nothing hostile through', async (t) => {
  const api = await serve(t, { 'GET /v1/records': records(2, (seq) => record(seq, { reply: hostile, endpoint: `mailto:${'x'.repeat(60)}@x.example` })) });
  const text = await run(api, ['tail']);
  assert.match(text.stdout, /^ *SEQ +TIME \(UTC\) +EVENT +ABOUT +ENDPOINT +TRY +MS REPLY *$/m);
  assert.ok(text.stdout.includes('x'.repeat(60)), 'nothing is cut off a terminal');
  assert.equal(text.stdout.split('\n').length, 4);
  assertHarmless(text.stdout);
  const short = await run(await serve(t, { 'GET /v1/records': records(1) }), ['tail']);
  assert.equal(short.stdout.split('\n')[0].indexOf('REPLY'), 101, 'columns stay where longer cells will need them');
  const table = await runOnTerminal(api, ['tail']);
  assertHarmless(table.stdout);
  assert.equal(table.stdout.trimEnd().split('\n').length, 3);
  for (const line of table.stdout.trimEnd().split('\r\n')) assert.ok([...line].length <= 120, line);
  const json = await runOnTerminal(api, ['tail', '--json']);
  assertHarmless(json.stdout);
  assert.equal(JSON.parse(json.stdout.split('\n')[0]).reply, hostile);
});

test('tail -f goes on from the backlog and resumes after a lost connection without gap or double', async (t) => {
  const events = (res, from, to) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(': ping\n\n');
    for (let seq = from; seq <= to; seq++) res.write(`id: ${seq}\nevent: record\r\ndata: ${JSON.stringify(record(seq))}\n\n`);
  };
  const streams = [];
  const api = await serve(t, {
    'GET /v1/records': records(3),
    'GET /v1/records/stream': (request, res) => {
      streams.push({ id: request.headers['last-event-id'], after: request.query.after, outcome: request.query.outcome });
      if (streams.length === 1) {
        events(res, 4, 5);
        res.write('id: 6\nevent: record\ndata: {"seq": 6, "half', () => res.socket.destroy());
      } else if (streams.length === 2) {
        return problem(503, 'starting', 'not yet');
      } else {
        events(res, 6, 7);
      }
    },
  });
  const tail = start(api, ['tail', '-f', '-n', '1', '--json', '-o', 'deferred']);
  await printed(tail, 'stdout', '"seq":7');
  tail.child.kill('SIGINT');
  assert.equal((await tail.ended).code, 0);
  assert.deepEqual(tail.result.stdout.trim().split('\n').map((l) => JSON.parse(l).seq), [3, 4, 5, 6, 7]);
  assert.deepEqual(streams, [
    { id: undefined, after: '3', outcome: 'deferred' },
    { id: '5', after: '5', outcome: 'deferred' },
    { id: '5', after: '5', outcome: 'deferred' }]);
  assert.match(tail.result.stderr, /^liaisonctl: the stream was lost.*going on after record 5\n$/);
});

test('tail -f on a terminal keeps its columns', async (t) => {
  const api = await serve(t, {
    'GET /v1/records': records(1),
    'GET /v1/records/stream': (request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const seq of [2, 3]) res.write(`id: ${seq}\nevent: record\ndata: ${JSON.stringify(record(seq, { event: 'notification.refused.for.long' }))}\n\n`);
    },
  });
  for (const columns of [80, 120, 200]) {
    const r = await runOnTerminal(api, ['tail', '-f'], [['later 3', '\x03']], columns);
    const lines = r.stdout.split('\r\n').filter((l) => /mailto/.test(l));
    assert.equal(lines.length, 3);
    assert.equal(new Set(lines.map((l) => l.indexOf('mailto'))).size, 1, r.stdout);
    for (const line of lines) assert.ok([...line].length <= columns, line);
    assert.equal(r.stdout.match(/EVENT/g).length, 1);
  }
});

test('tail -f ends when the follower of a follower leaves', async (t) => {
  const api = await serve(t, {
    'GET /v1/records': records(0),
    'GET /v1/records/stream': (request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      let seq = 0;
      const timer = setInterval(() => res.write(`id: ${++seq}\nevent: record\ndata: ${JSON.stringify(record(seq))}\n\n`), 20);
      res.on('close', () => clearInterval(timer));
    },
  });
  const tail = start(api, ['tail', '-f', '--json']);
  await printed(tail, 'stdout', '"seq":1');
  tail.child.stdout.destroy();
  const code = await new Promise((done) => tail.child.on('exit', (c, signal) => done(c ?? signal)));
  assert.ok(code === 0 || code === 'SIGPIPE', String(code));
});

test('a stream that is refused at once is an error', async (t) => {
  const api = await serve(t, { 'GET /v1/records': records(0), 'GET /v1/records/stream': problem(400, 'bad-parameter', 'no such outcome') });
  const r = await run(api, ['tail', '-f', '-o', 'x']);
  assert.deepEqual([r.code, r.stderr], [1, 'liaisonctl: no such outcome (bad-parameter)\n']);
});

test('roster import sends both files with their names and reports the change', async (t) => {
  const change = {
    missions: 2, representatives: 4, added: ['fr-chicago'], changed: [], removed: ['zz\u001b[2J'], below_two: ['fr-chicago'],
    warnings: [{ place: 'missions.csv:2:3', code: 'far', detail: 'is far away' }],
  };
  const api = await serve(t, { 'POST /v1/roster': [200, change] });
  const dir = folder(t);
  writeFileSync(join(dir, 'missions.csv'), 'mission,"näme"\r\n');
  writeFileSync(join(dir, 'representatives.csv'), 'x\u0001');
  const r = await run(api, ['roster', 'import', dir, '--dry-run']);
  assert.equal(r.code, 0);
  assert.equal(api.requests[0].query.dry_run, 'true');
  assert.deepEqual(JSON.parse(api.requests[0].body), {
    missions: { name: join(dir, 'missions.csv'), text: 'mission,"näme"\r\n' },
    representatives: { name: join(dir, 'representatives.csv'), text: 'x\u0001' } });
  assert.deepEqual(r.stdout.split('\n'), [
    'warning: missions.csv:2:3: is far away', 'added 1: fr-chicago', 'removed 1: zz\\x1b[2J',
    'now below two valid representatives 1: fr-chicago', '2 missions, 4 representatives', 'nothing was stored (--dry-run)', '']);
  await run(api, ['roster', 'import', join(dir, 'missions.csv'), join(dir, 'representatives.csv')]);
  assert.equal(api.requests[1].query.dry_run, undefined);
  writeFileSync(join(dir, 'missions.csv'), Buffer.from('ok\nb\xe4d\n', 'latin1'));
  const bad = await run(api, ['roster', 'import', dir]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /missions\.csv:2:1: a byte that is not UTF-8/);
  assert.match((await run(api, ['roster', 'import', '/nonexistent'])).stderr, /open \/nonexistent\/missions\.csv: No such file/);
});

test('an import that removes many is confirmed by their number', async (t) => {
  const change = { missions: 1, representatives: 2, added: [], changed: [], removed: ['a', 'b'], below_two: [], warnings: [] };
  const dir = folder(t);
  writeFileSync(join(dir, 'missions.csv'), 'm');
  writeFileSync(join(dir, 'representatives.csv'), 'r');
  for (const [typed, imported] of [['2\r', true], ['y\r', false]]) {
    const api = await serve(t, { 'POST /v1/roster': [200, { ...change, removals_to_allow: 2 }] });
    const r = await runOnTerminal(api, ['roster', 'import', dir], [['anything else stops', typed]]);
    assert.equal(r.code, imported ? 0 : 1);
    assert.deepEqual(api.requests.map((q) => [q.query.dry_run, q.query.allow_removals]),
      [['true', undefined], ...(imported ? [[undefined, '2']] : [])]);
  }
  const api = await serve(t, { 'POST /v1/roster': [200, change] });
  assert.equal((await run(api, ['roster', 'import', dir, '--allow-removals', '2'])).code, 0);
  assert.deepEqual(api.requests.map((q) => q.query.allow_removals), ['2']);
});

test('what goes nowhere is not said to be accepted, nor the roster to have changed', async (t) => {
  for (const [more, sentence] of [[{ state: 'draft' }, /^recorded .*, sent to nobody: it is a draft$/m],
    [{ state: 'closed' }, /^recorded .*, sent to nobody$/m]]) {
    const api = await serve(t, { ...sending(), 'POST /v1/broadcasts': [201, { ...accepted, ...more, missions: 0, notifications: 0 }] });
    const r = await run(api, ['send', file(t, broadcast({ status: 'draft' })), '--expect-missions', '2']);
    assert.equal(r.code, 0);
    assert.match(r.stdout, sentence);
    assert.doesNotMatch(r.stderr + r.stdout, /has changed|^accepted/m);
  }
});

test('a broadcast may be named by what its publisher called it, where that is one', async (t) => {
  const lists = { one: [{ id: ID }], none: [], two: [{ id: 'a', sender: 'x@y', received: '2026-11-23T10:00:00.000Z' }, { id: 'b' }] };
  const api = await serve(t, {
    'GET /v1/broadcasts': (q) => [200, { broadcasts: lists[q.query.identifier], next: null }],
    [`GET /v1/broadcasts/${ID}`]: [200, { ...accepted, progress: { notifications: { accepted: 1 } } }],
    [`POST /v1/broadcasts/${ID}/retry`]: [200, { retried: 3 }], 'GET /v1/records': [200, { records: [], next: 0 }],
    'GET /v1/roster/missions/fr-chicago': [200, { mission: 'fr-chicago' }],
  });
  for (const args of [['status', 'one'], ['watch', 'one'], ['retry', 'one'], ['tail', '--broadcast', 'one'], ['tail', '--mission', 'fr-chicago']])
    assert.equal((await run(api, args)).code, 0, args.join(' '));
  for (const [args, sentence] of [[['status', 'none'], /there is no broadcast none/], [['tail', '-b', 'none'], /there is no broadcast none/],
    [['retry', 'two'], /several broadcasts are called two, give the ID of one: a of x@y \(received 2026-11-23 10:00:00 UTC\), b/],
    [['tail', '--mission', 'atlantis'], /no such path/]]) {
    const r = await run(api, args);
    assert.equal(r.code, 1, args.join(' '));
    assert.match(r.stderr, sentence);
  }
});

test('faults of a roster name file, line and column', async (t) => {
  const api = await serve(t, {
    'POST /v1/roster': problem(422, 'invalid', 'refused', [{ place: 'missions.csv:3:5', code: 'bad-zip', detail: 'zip has four digits' }]) });
  const dir = folder(t);
  writeFileSync(join(dir, 'missions.csv'), '');
  writeFileSync(join(dir, 'representatives.csv'), '');
  assert.equal((await run(api, ['roster', 'import', dir])).stderr, 'liaisonctl: missions.csv:3:5: zip has four digits (bad-zip)\n');
});

test('roster export writes the bytes of both files', async (t) => {
  const bytes = { missions: Buffer.from([0x61, 0x0d, 0x0a, 0xff]), representatives: Buffer.from('b') };
  const api = await serve(t, {
    'GET /v1/roster/missions.csv': [200, bytes.missions], 'GET /v1/roster/representatives.csv': [200, bytes.representatives] });
  const dir = join(folder(t), 'a/b');
  const r = await run(api, ['roster', 'export', dir]);
  assert.equal(r.code, 0);
  assert.deepEqual(readFileSync(join(dir, 'missions.csv')), bytes.missions);
  assert.deepEqual(readFileSync(join(dir, 'representatives.csv')), bytes.representatives);
  mkdirSync(join(dir, 'c/missions.csv'), { recursive: true });
  assert.equal((await run(api, ['roster', 'export', join(dir, 'c')])).code, 1);
});

const digest = (bytes) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

test('backup keeps what came whole, under a name that was free, and nothing else', async (t) => {
  const bytes = Buffer.alloc(300_000, 'page');
  const sends = (digest, body = bytes) => (q, res) => {
    res.writeHead(200, { 'content-type': 'application/vnd.sqlite3', ...(digest && { 'repr-digest': digest }), 'content-length': bytes.length });
    if (body.length === bytes.length) res.end(body);
    else res.write(body, () => res.destroy());
  };
  const dir = folder(t);
  const whole = join(dir, 'whole.db');
  const api = await serve(t, { 'POST /v1/backup': sends(digest(bytes)) });
  const r = await run(api, ['backup', whole, '--json']);
  assert.equal(r.code, 0, r.stderr);
  assert.deepEqual(JSON.parse(r.stdout), { file: whole, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  assert.deepEqual(readFileSync(whole), bytes);
  assert.equal(statSync(whole).mode & 0o777, 0o600);
  const again = await run(api, ['backup', whole]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is there already/);
  writeFileSync(join(dir, 'other.db.part'), '');
  const crowded = await run(api, ['backup', join(dir, 'other.db')]);
  assert.equal(crowded.code, 1);
  assert.match(crowded.stderr, /or was interrupted/);

  const bad = [
    [sends(digest(Buffer.from('other'))), /SHA-256 is another/],
    [sends(undefined), /no digest/],
    [sends(digest(bytes), bytes.subarray(0, 1000)), /there is no backup/],
    [problem(507, 'no-room', 'its disk has too little'), /its disk has too little/],
  ];
  for (const [answer, said] of bad) {
    const file = join(dir, 'bad.db');
    const b = await run(await serve(t, { 'POST /v1/backup': answer }), ['backup', file]);
    assert.equal(b.code, 1);
    assert.match(b.stderr, said);
    assert.ok(!existsSync(file) && !existsSync(`${file}.part`), `${said}: nothing is left`);
  }
});

test('backup says on a terminal how far the daemon is', async (t) => {
  let asked;
  const first = new Promise((done) => { asked = done; });
  const bytes = Buffer.alloc(1000, 'page');
  const api = await serve(t, {
    'GET /v1/backup': () => { asked(); return [200, { by: 'unix:root', bytes: 1000, left: 250 }]; },
    'POST /v1/backup': async (q, res) => {
      await first;
      res.writeHead(200, { 'repr-digest': digest(bytes), 'content-length': bytes.length });
      res.end(bytes);
    },
  });
  const file = join(folder(t), 'copy.db');
  const r = await runOnTerminal(api, ['backup', file]);
  assert.equal(r.code, 0, r.stdout);
  assert.match(r.stdout, /copying: 75 %/);
  assert.match(r.stdout, /copy\.db: 1000 bytes, SHA-256 [0-9a-f]{64}/);
  assert.deepEqual(readFileSync(file), bytes);
});

test('key list, rotate and retire', async (t) => {
  const api = await serve(t, {
    'GET /v1/keys': [200, { store_key: true, keys: [
      { id: '3f6c2b1a9d0e4c57', state: 'signing', from: 'store', created: '2026-11-23T14:30:00.000Z', created_by: 'unix:root', retires: null },
      { id: '0123456789abcdef', state: 'signing', from: 'file', created: null, created_by: null, retires: '2026-12-07T14:30:00.000Z' }] }],
    'POST /v1/keys': [201, { id: '3f6c2b1a9d0e4c57' }],
    'DELETE /v1/keys/0123456789abcdef': [204, ''],
    'DELETE /v1/keys/3f6c2b1a9d0e4c57': problem(409, 'last-key', 'no other key signs: rotate first'),
  });
  const list = await run(api, ['key', 'list']);
  assert.equal(list.code, 0, list.stderr);
  assert.match(list.stdout, /^0123456789abcdef signing file +- +2026-12-07 14:30:00 *$/m);
  assert.match((await run(api, ['key', 'rotate'])).stdout, /^key 3f6c2b1a9d0e4c57 signs from now on/);
  assert.match((await run(api, ['key', 'retire', '0123456789abcdef'])).stdout, /links made with it stay good$/m);
  assert.equal((await run(api, ['key', 'retire', '0123456789abcdef', '--revoke'])).code, 0);
  assert.deepEqual(api.requests.slice(-2).map((q) => q.query), [{}, { revoke: 'true' }]);
  const refused = await run(api, ['key', 'retire', '3f6c2b1a9d0e4c57']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /rotate first/);
});

test('roster check, show and set', async (t) => {
  const api = await serve(t, {
    'GET /v1/roster/check': [200, { findings: [{ code: 'below-two', subject: 'fr-chicago', detail: 'has one valid representative' }], missions: 2, representatives: 3 }],
    'GET /v1/roster/missions/fr-chicago': [200, {
      mission: 'fr-chicago', name: 'Consulate', threat_level: 'high', office: 'chicago', because: 'same city', zip: '',
      representatives: [{ rank: 1, name: 'Lena Example', email: 'a@x.example', exercises: true }],
      history: [{ time: '2026-11-23T14:30:00.000Z', author: 'unix:root', change: 'changed', detail: 'fr-chicago,FR\nrank 1' }] }],
    'PATCH /v1/roster/missions/fr-chicago': [200, { missions: 2, representatives: 3, added: [], changed: ['fr-chicago'], removed: [], below_two: [], warnings: [] }],
  });
  const check = await run(api, ['roster', 'check']);
  assert.match(check.stdout, /^below-two +fr-chicago +has one valid representative *$/m);
  assert.match(check.stdout, /^1 finding in 2 missions and 3 representatives$/m);
  const show = await run(api, ['roster', 'show', 'fr-chicago']);
  assert.match(show.stdout, /^threat_level +high$/m);
  assert.doesNotMatch(show.stdout, /^zip/m);
  assert.match(show.stdout, /^ {2}1\. Lena Example\n {5}email +a@x\.example\n {5}exercises +true$/m);
  assert.match(show.stdout, /changed by unix:root\n {4}before:\n {6}fr-chicago,FR\n {6}rank 1$/m);
  assert.match((await run(api, ['roster', 'set', 'fr-chicago', 'zip=60611'])).stdout, /changed 1: fr-chicago/);
  await run(api, ['roster', 'set', 'fr-chicago/2', 'webhook=https://x.example/?a=b']);
  assert.deepEqual(api.requests.slice(-2).map((q) => JSON.parse(q.body)),
    [{ zip: '60611' }, { representatives: { 2: { webhook: 'https://x.example/?a=b' } } }]);
});

test('when tells who is on duty and what changes next', async (t) => {
  const api = await serve(t, {
    'GET /v1/duty/honolulu': [200, {
      subject: 'honolulu', at: '2026-11-23T18:00:00Z', duty: 'office:honolulu', open: true, because: 'open Mon-Fri 08:00-17:00',
      changes: [{ at: '2026-11-24T03:00:00Z', duty: 'desk:command-center', because: 'closing time' }] }] });
  const r = await run(api, ['when', 'honolulu', '--count', '1', '--at', '2026-11-23T08:00:00-10:00']);
  assert.match(r.stdout, /^honolulu at 2026-11-23 18:00:00 UTC: office:honolulu is on duty \(open Mon-Fri 08:00-17:00\)$/m);
  assert.match(r.stdout, /^2026-11-24 03:00:00 +desk:command-center +closing time *$/m);
  assert.deepEqual(api.requests[0].query, { at: '2026-11-23T08:00:00-10:00', count: '1' });
});

test('tokens are made, listed and revoked, and a secret is shown alone on its line', async (t) => {
  const api = await serve(t, {
    'POST /v1/tokens': [201, { id: 'abc', token: 'lsd_new', name: 'feed', roles: ['publisher', 'viewer'] }],
    'GET /v1/tokens': [200, { tokens: [{ id: 'abc', name: 'feed', roles: ['publisher'], created: '2026-11-23T14:30:00.000Z', created_by: 'unix:root', last_used: null, revoked: null }] }],
    'DELETE /v1/tokens/abc': [204, ''],
    'GET /v1/webhook-secret': [200, { endpoint: 'x', secrets: ['whsec_b', 'whsec_a'] }],
  });
  const made = await run(api, ['token', 'create', 'feed', '--role', 'publisher,viewer', '--role', 'operator']);
  assert.equal(made.stdout, 'lsd_new\n');
  assert.deepEqual(JSON.parse(api.requests[0].body), { name: 'feed', roles: ['publisher', 'viewer', 'operator'] });
  assert.match((await run(api, ['token', 'list'])).stdout, /^abc +feed +publisher +2026-11-23 14:30:00 +unix:root +- +- *$/m);
  assert.equal((await run(api, ['token', 'revoke', 'abc'])).stdout, 'token abc is revoked\n');
  assert.equal((await run(api, ['webhook-secret', 'https://x.example/?a=1&b'])).stdout, 'whsec_b\nwhsec_a\n');
  assert.equal(api.requests.at(-1).query.endpoint, 'https://x.example/?a=1&b');
});

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** n records of a delivery log, as the daemon seals them; of the old form without a salt. */
function chain(n, from = 1, prev = '', salt = '5a'.repeat(16), event = 'broadcast.accepted', more = '') {
  const lines = [];
  for (let seq = from; seq < from + n; seq++) {
    const fact = `{"seq":${seq},"time":"2026-11-23T14:30:00.000Z","event":"${event}"`;
    const rest = more && `,${more}`;
    const reply = `,"reply":"by unix:${seq}"`;
    const end = `,"prev":"${prev}"`;
    const personal = `,"personal":"${sha256(`{${reply.slice(1)},"salt":"${salt}"}`)}"`;
    const hash = salt ? sha256(prev + sha256(`${fact}${rest}${personal}}`)) : sha256(`${fact}${reply}${end}}`);
    lines.push(`${fact}${reply}${rest}${salt ? `,"salt":"${salt}"` : ''}${end},"hash":"${hash}"}`);
    prev = hash;
  }
  return { lines, last: prev };
}

/** A line of it without what is personal: the hash is that of before. */
function erased(line) {
  const [, reply, salt] = line.match(/,("reply":"[^"]*"),("salt":"[^"]*")/);
  return line.replace(`,${reply},${salt}`, `,"personal":"${sha256(`{${reply},${salt}}`)}"`);
}

test('log verify accepts a whole chain, over rotated files too', async (t) => {
  const first = chain(3);
  const second = chain(2, 4, first.last);
  const one = file(t, `${first.lines.join('\n')}\n`, 'a');
  const two = file(t, `${second.lines.join('\n')}\n`, 'b');
  const both = await run(null, ['log', 'verify', one, two]);
  assert.equal(both.code, 0, both.stderr);
  assert.match(both.stdout, /^5 records, 1 to 5$/m);
  assert.ok(both.stdout.includes(`the last hash is ${second.last}`));
  const alone = await run(null, ['log', 'verify', '-', '--json'], { input: readFileSync(two) });
  assert.deepEqual(JSON.parse(alone.stdout), {
    whole: true, records: 2, first_seq: 4, last_seq: 5, prev: first.last, hash: second.last, repeated: 0, erased: 0,
    signed_seq: 0, signer: '', witnessed: 0, faults: 0, found: [],
  });
  assert.equal((await run(null, ['log', 'verify', '--from', '4', two])).code, 0);
  const later = await run(null, ['log', 'verify', '--from', '1', two]);
  assert.match(later.stderr, /b:1: record 1: the log begins with record 4 \(gap\)/);
  assert.equal((await run(null, ['log', 'verify', '/nonexistent'])).code, 1);
});

test('log verify takes erased records, and those that were written before there was a salt', async (t) => {
  const old = chain(2, 1, '', '');
  const { lines, last } = chain(3, 3, old.last);
  const said = chain(1, 6, last, '5a'.repeat(16), 'journal.erased', '"detail":"4"').lines;
  const some = [...old.lines, lines[0], erased(lines[1]), lines[2]];
  const good = await run(null, ['log', 'verify', '--json', file(t, `${[...some, ...said].join('\n')}\n`, 'log')]);
  assert.equal(good.code, 0, good.stderr);
  assert.equal(JSON.parse(good.stdout).erased, 1);
  const unsaid = await run(null, ['log', 'verify', file(t, `${some.join('\n')}\n`, 'log')]);
  assert.match(unsaid.stderr, /record 4: .*\(erasure-unsaid\)/);
  for (const [name, line] of [
    ['a personal member', lines[1].replace('unix:4', 'unix:5')],
    ['the salt', lines[1].replace('5a', '5b')],
    ['what stays of them', erased(lines[1]).replace(/"personal":"./, (m) => `${m.slice(0, -1)}${m.endsWith('0') ? 1 : 0}`)],
    ['something personal beside it', erased(lines[1]).replace(',"personal"', ',"reply":"x","personal"')],
    ['neither', lines[1].replace(/,"salt":"[^"]*"/, '')],
  ]) {
    const r = await run(null, ['log', 'verify', file(t, `${[...old.lines, lines[0], line, lines[2]].join('\n')}\n`, 'log')]);
    assert.match(r.stderr, /log:4: .*was changed \(changed\)/, name);
    assert.equal(r.code, 1, name);
  }
});

test('log verify takes a file that begins with the end of the one before it, and nothing like it', async (t) => {
  const { lines, last } = chain(3);
  const old = file(t, `${lines.join('\n')}\n`, 'old');
  const next = chain(1, 4, last).lines;
  const text = (l) => `${l.join('\n')}\n`;
  const good = await run(null, ['log', 'verify', '--json', old, file(t, text([lines[1], lines[2], ...next]), 'new')]);
  assert.equal(good.code, 0, good.stderr);
  const { records, repeated, last_seq: end } = JSON.parse(good.stdout);
  assert.deepEqual([records, repeated, end], [4, 2, 4]);
  for (const [name, begins] of [
    ['another record of that number', chain(1, 3, 'e'.repeat(64)).lines],
    ['a hole after the repetition', [lines[2], ...chain(1, 5, last).lines]],
    ['a repetition in the middle', [...next, lines[2]]],
    ['a repetition of its own', [...next, ...next]],
  ]) {
    const r = await run(null, ['log', 'verify', old, file(t, text(begins), 'new')]);
    assert.equal(r.code, 1, name);
  }
});

test('log verify names every kind of damage with its line', async (t) => {
  const { lines } = chain(4);
  for (const [name, damaged, want] of [
    ['changed', [lines[0], lines[1].replace('accepted', 'accepteD'), lines[2]], /log:2: record 2: .*was changed \(changed\)/],
    ['removed', [lines[0], lines[2]], /log:2: record 2: record 3 follows record 1 \(gap\)/],
    ['twice', [lines[0], lines[0]], /log:2: .*\(out-of-order\)/],
    ['another chain', [lines[0], chain(1, 2, 'f'.repeat(64)).lines[0]], /log:2: record 2: prev is not the hash.*\(broken-chain\)/],
    ['no beginning', chain(1, 1, 'f'.repeat(64)).lines, /log:1: .*\(broken-chain\)/],
    ['no hash', [lines[0].replace(/,"hash":"[0-9a-f]+"/, '')], /log:1: .*\(no-hash\)/],
    ['hash elsewhere', [lines[0].replace(/(,"prev":"")(,"hash":"[0-9a-f]+")/, '$2$1')], /log:1: .*was changed \(changed\)/],
    ['no record', ['{}'], /log:1: .*\(not-a-record\)/],
    ['a NUL', ['{"seq":1\0}'], /log:1: .*NUL.*\(not-a-record\)/],
  ]) {
    const r = await run(null, ['log', 'verify', file(t, `${damaged.join('\n')}\n`, 'log')]);
    assert.equal(r.code, 1, name);
    assert.match(r.stderr, want, name);
  }
  const cut = await run(null, ['log', 'verify', file(t, lines.join('\n'), 'log')]);
  assert.match(cut.stderr, /log:4: .*\(cut-short\)/);
});

test('erase asks for a reason and says what stays', async (t) => {
  const api = await serve(t, { 'POST /v1/erasures': [200, { broadcasts: 2, records: 7, open: 1, old_records: 3 }] });
  assert.equal((await run(api, ['erase', 'mailto:a@b.example'])).code, 2);
  const r = await run(api, ['erase', 'mailto:a@b.example', '--reason', 'asked for it']);
  assert.equal(r.code, 0, r.stderr);
  assert.deepEqual(JSON.parse(api.requests[0].body), { endpoint: 'mailto:a@b.example', reason: 'asked for it' });
  assert.match(r.stdout, /erased from 2 broadcasts and 7 records/);
  assert.match(r.stdout, /1 broadcast that went there.*stays/);
  assert.match(r.stdout, /3 records of an earlier version/);
  assert.match(r.stdout, /delivery logs, their rotated files and backups are yours/);
});

test('erase refuses an endpoint that is not UTF-8', () => {
  const erase = `"$0" erase "$(printf 'mailto:\\377@b.example')" --reason x`;
  assert.throws(() => execFileSync('sh', ['-c', erase, process.env.LIAISONCTL], { stdio: 'pipe' }),
    (e) => e.status === 2 && /the endpoint is not UTF-8/.test(e.stderr));
});

test('evidence verify wants a key, and refuses what is no evidence', async (t) => {
  const none = file(t, '{}\n', 'none');
  assert.equal((await run(null, ['evidence', 'verify', none])).code, 2);
  const key = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
  const bad = await run(null, ['evidence', 'verify', none, '--public-key', key]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /\(not-evidence\)/);
  assert.equal((await run(null, ['evidence', 'verify', '/nonexistent', '-k', key])).code, 1);
  const id = '0193b5a0-0000-7000-8000-000000000001';
  const api = await serve(t, { [`GET /v1/broadcasts/${id}/evidence`]: [200, { format: 'liaisond-evidence/1' }] });
  assert.equal((await run(api, ['evidence', id])).stdout, '{"format":"liaisond-evidence/1"}');
});

test('log key prints the public key of a private one, and of nothing else', async (t) => {
  const seed = file(t, 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n', 'key'); // RFC 8032, 7.1, test 1
  const good = await run(null, ['log', 'key', seed]);
  assert.equal(good.stdout, '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\n');
  const bad = await run(null, ['log', 'key', file(t, 'x\n', 'none')]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /none: line 1 is no seed of 32 bytes in base64/);
  assert.equal((await run(null, ['log', 'key', '/nonexistent'])).code, 1);
  const log = file(t, `${chain(2).lines.join('\n')}\n`, 'log');
  const unsigned = await run(null, ['log', 'verify', '--public-key', good.stdout.trim(), log]);
  assert.equal(unsigned.code, 1);
  assert.match(unsigned.stderr, /no record is signed with the key \(not-signed\)/);
  const none = await run(null, ['log', 'verify', '--public-key', 'x', log]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--public-key x: neither/);
});

test('a full disk under standard output is a failure', async (t) => {
  const api = await serve(t, { 'GET /readyz': [200, { status: 'ready' }] });
  const out = execFileSync('sh', ['-c', `"$LIAISONCTL" log verify /dev/null >/dev/full; echo $?`], { encoding: 'utf8' });
  assert.equal(out, '1\n');
  assert.equal((await run(api, ['health'])).code, 0);
});

test('a server over TCP is spoken to as well, and redirects are not followed', async (t) => {
  const server = net.createServer((c) => {
    c.once('data', () => c.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const r = await run({ server: `http://127.0.0.1:${server.address().port}/` }, ['status']);
  assert.equal(r.code, 1);
  assert.match(r.stderr, /the server answered 302/);
});

const matter = (more = {}) => ({
  number: 17, kind: 'contact-update', state: 'open', urgency: 'future', mission: 'fr-chicago', owner: 'office:chicago',
  partner: null, opened_by: 'fr-chicago/1', about: null, opened: '2026-11-23T14:30:00.000Z',
  changed: '2026-11-23T14:30:00.000Z', due: null, from: null, until: null, actions: ['confirm', 'refuse', 'note'],
  body: { change: 'changed', note: 'two\nlines' }, ...more,
});

test('matters are listed, shown, opened and decided, one call each', async (t) => {
  const api = await serve(t, {
    'GET /v1/matters': [200, { matters: [matter()], next: '17' }],
    'GET /v1/matters/17': [200, matter({ history: [{ time: '2026-11-23T14:30:00.000Z', who: 'x', what: 'opened', note: '\u001b[31m' }] })],
    'GET /v1/matters/17/draft': [200, { status: 'draft' }],
    'POST /v1/matters': [201, matter()],
    'POST /v1/matters/17': [200, matter({ state: 'confirmed' })],
  });
  const list = await run(api, ['matter', 'list', '--state', 'open', '--owner', 'office:chicago', '-n', '1']);
  assert.match(list.stdout, /^ +17 +contact-update +open +future +fr-chicago +office:chicago +2026-11-23 14:30:00.* +- *$/m);
  assert.match(list.stdout, /^there are more: --before 17$/m);
  assert.deepEqual(api.requests.at(-1).query, { state: 'open', owner: 'office:chicago', limit: '1' });
  const show = await run(api, ['matter', 'show', '17']);
  assert.match(show.stdout, /^note\n {2}two\n {2}lines$/m);
  assert.match(show.stdout, /\\x1b\[31m/);
  const file = join(folder(t), 'matter.json');
  writeFileSync(file, '{"kind":"contact-update"}');
  const open = await run(api, ['matter', 'open', file]);
  assert.equal(open.stdout, 'number 17, contact-update of fr-chicago: open, with office:chicago\n');
  assert.equal(api.requests.at(-1).body, '{"kind":"contact-update"}');
  for (const [args, body] of [
    [['confirm', '17'], { action: 'confirm' }],
    [['confirm', '17', '--unproved', '--note', 'a'], { action: 'confirm', note: 'a', unproved: true }],
    [['refuse', '17', '--note', 'b'], { action: 'refuse', note: 'b' }],
    [['answer', '17', '--note', 'c'], { action: 'answer', note: 'c' }],
    [['acknowledge', '17'], { action: 'acknowledge' }],
    [['close', '17'], { action: 'close' }],
    [['note', '17', '--note', 'd'], { action: 'note', note: 'd' }],
  ]) {
    assert.equal((await run(api, ['matter', ...args])).code, 0, args.join(' '));
    assert.deepEqual(JSON.parse(api.requests.at(-1).body), body);
  }
  assert.equal((await run(api, ['matter', 'refuse', '17', '--unproved'])).code, 2);
  assert.deepEqual(JSON.parse((await run(api, ['matter', 'draft', '17'])).stdout), { status: 'draft' });
});

test('what is down is listed with what waits for it, its words made harmless', async (t) => {
  let down = [];
  const api = await serve(t, { 'GET /v1/destinations': () => [200, { down }] });
  assert.equal((await run(api, ['destinations'])).stdout, 'no destination is down\n');
  down = [{ destination: 'smtp', since: '2026-11-23T14:30:00Z', reply: '421 \u001b[2Jno', waiting: 100000 }];
  const { stdout } = await run(api, ['destinations']);
  assert.match(stdout, /^smtp +2026-11-23 14:30:00 +100000 +421 .*no/m);
  assert.doesNotMatch(stdout, /\u001b/);
});

test('a threat level needs a reason, and locations come as a table or as CSV', async (t) => {
  const api = await serve(t, {
    'POST /v1/threats': [200, { changed: [] }],
    'GET /v1/threats': [200, { threats: [{ mission: 'fr-chicago', level: 'low', author: '', reason: '', set: null, review: null }] }],
    'GET /v1/partners/local-police/locations': ({ query }) => (query.format === 'csv' ? [200, 'a,b\n'] : [200, { locations: [] }]),
  });
  assert.equal((await run(api, ['threat', 'set', 'fr-chicago', 'high'])).code, 2);
  const set = await run(api, ['threat', 'set', 'fr-chicago', 'high', '--reason', 'R']);
  assert.equal(set.stdout, 'fr-chicago: high (as before, reviewed)\n');
  assert.deepEqual(JSON.parse(api.requests[0].body), { mission: 'fr-chicago', level: 'high', reason: 'R' });
  assert.match((await run(api, ['threat', 'overdue'])).stdout, /^fr-chicago +low +- +- *$/m);
  assert.deepEqual(api.requests.at(-1).query, { overdue: 'true' });
  assert.equal((await run(api, ['partner', 'locations', 'local-police', '--csv'])).stdout, 'a,b\n');
  assert.equal((await run(api, ['partner', 'locations', 'local-police'])).stdout, '0 locations\n');
});
