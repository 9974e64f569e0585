// The API as its users meet it: the description against what is served, streams over restarts, reload,
// rotation, tokens, and a stop in the middle of work.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './harness/api.mjs';
import { assertChain, configure, daemon, importRoster, logLines, restart, send } from './harness/daemon.mjs';
import { broadcast, chicago, mailboxes } from './harness/roster.mjs';
import { freePort, must, poll, root, run, scene } from './harness/scene.mjs';
import { sink, tally } from './harness/sink.mjs';

const description = readFileSync(join(root, 'daemon/api/openapi.json'), 'utf8');
const api = JSON.parse(description);

/* --- the description --- */

scene('the description is sound OpenAPI', async (it) => {
  const file = it.file('openapi.json');
  writeFileSync(file, description);
  writeFileSync(it.file('redocly.yaml'), 'extends: [recommended]\nrules:\n  no-server-example.com: off\n  operation-4xx-response: off\n  info-license-url: off\n  info-license: off\n');
  const redocly = join(root, 'tests/system/node_modules/.bin/redocly');
  const { code, stdout, stderr } = await run(redocly, ['lint', file, '--config', it.file('redocly.yaml'), '--format', 'stylish'],
    { env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' }, cwd: it.dir });
  assert.equal(code, 0, stdout + stderr);
});

const resolve = (schema) => (schema?.$ref ? api.components.schemas[schema.$ref.split('/').at(-1)] : schema);

/** What a value lacks of what its schema requires, by path; members that the schema does not know, too. */
function lacks(value, schema, path = '') {
  const s = resolve(schema);
  if (!s || value === null) return [];
  const variants = s.oneOf ?? s.anyOf;
  if (variants) {
    const tries = variants.map((v) => lacks(value, v, path));
    return tries.some((t) => t.length === 0) ? [] : tries[0];
  }
  const parts = (s.allOf ?? []).flatMap((part) => lacks(value, part, path));
  if (Array.isArray(value)) return [...parts, ...value.flatMap((v, i) => lacks(v, s.items, `${path}/${i}`))];
  if (typeof value !== 'object') return parts;
  const missing = (s.required ?? []).filter((name) => !(name in value)).map((name) => `${path}/${name}`);
  const strange = s.additionalProperties === false
    ? Object.keys(value).filter((name) => !(name in (s.properties ?? {}))).map((name) => `${path}/${name} is not described`) : [];
  const inner = Object.entries(s.properties ?? {}).filter(([name]) => name in value)
    .flatMap(([name, part]) => lacks(value[name], part, `${path}/${name}`));
  return [...parts, ...missing, ...strange, ...inner];
}

/** What stands for the parameters of a path, and the query a route must have. */
const examples = (known) => ({
  '{id}': known.id, '{mission}': 'm-0001', '{subject}': 'chicago', '{token}': known.token,
  '{number}': known.number, '{partner}': 'local-police',
  '/v1/webhook-secret': '?endpoint=https%3A%2F%2Fhook.example%2F1',
});

scene('every GET of the description answers 200 with what it promises', async (it, t) => {
  const peers = await sink(it);
  writeFileSync(it.file('journal-key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const d = await daemon(it, {
    smtp: { port: peers.smtp },
    journal: { key_file: it.file('journal-key') },
    acknowledge: { base_url: 'https://answer.example', address: `127.0.0.1:${await freePort()}` },
  });
  await importRoster(d, mailboxes(3));
  const records = d.api.follow();
  const { id, notifications } = await send(d, broadcast());
  await records.accepted(notifications);
  records.close();
  await d.api.request('POST', '/v1/tokens', { name: 'scraper', roles: ['viewer'] });
  const served = await d.api.get('/openapi.json');
  assert.equal(served.text, description, 'it is served as it stands in the sources');

  const lost = { identifier: 'NOWHERE', sender: 'pld-duty@dss.example', sent: '2026-11-23T09:00:00Z' };
  const waiting = await send(d, broadcast({ type: 'update', references: [lost] }));
  const made = async (path, body) => {
    const r = await d.api.request('POST', path, body);
    assert.equal(r.status, 201, `${path}: ${r.text}`);
    return r.json;
  };
  const { number } = await made('/v1/matters', { kind: 'security-information', mission: 'm-0001', urgency: 'expected',
    body: { what: 'A crowd gathers', where: 'At the gate', when: 'Now' } });
  const campaign = await made('/v1/campaigns', { days: 7 });
  const known = examples({ id, number });
  const ids = { '/v1/campaigns/{id}': campaign.id, '/v1/broadcasts/{id}/preview': waiting.id };
  const isPage = (item) => Object.values(item).every((operation) => operation.tags.includes('pages'));
  const operators = Object.entries(api.paths).filter(([, item]) => !isPage(item));
  for (const [path, item] of operators.filter(([, i]) => i.get)) {
    await t.test(`GET ${path}`, async () => {
      const own = { ...known, '{id}': ids[path] ?? id };
      const target = path.replace(/\{\w+\}/g, (name) => own[name]) + (known[path] ?? '');
      const [type, { schema }] = Object.entries(item.get.responses['200'].content)[0];
      if (type === 'text/event-stream') {
        const stream = d.api.follow();
        await stream.until('a record comes', (f) => f.records.length > 0);
        assert.equal(stream.status, 200);
        assert.match(stream.type, /^text\/event-stream/);
        assert.deepEqual(stream.records.flatMap((r) => lacks(r, { $ref: '#/components/schemas/Record' })), []);
        stream.close();
        return;
      }
      const r = await d.api.get(target, type === 'application/openmetrics-text' ? { accept: type } : {});
      assert.equal(r.status, 200, r.text);
      assert.ok(r.headers['content-type'].startsWith(type), r.headers['content-type']);
      if (type === 'application/json') assert.deepEqual(lacks(r.json, schema), []);
      else assert.ok(r.text.length > 0);
    });
  }

  for (const [path, item] of operators) {
    await t.test(`${path} refuses what it does not know, as the description says`, async () => {
      const target = path.replace(/\{\w+\}/g, (name) => known[name]);
      const wrong = await d.api.request('PUT', target);
      assert.equal(wrong.status, 405);
      const allowed = wrong.headers.allow.split(', ').map((m) => m.toLowerCase());
      for (const method of ['get', 'post', 'patch', 'delete']) {
        assert.equal(allowed.includes(method), method in item, `${method} ${path}`);
      }
      if (!item.get) return;
      const query = await d.api.get(`${target}?nonsense=1`);
      assert.equal(query.status, 400);
      assert.match(query.headers['content-type'], /^application\/problem\+json/);
      assert.deepEqual(lacks(query.json, { $ref: '#/components/schemas/Problem' }), []);
    });
  }
  assert.equal((await d.api.get('/v1/nowhere')).status, 404);
});

scene('promtool accepts the metrics', async (it) => {
  const peers = await sink(it);
  const d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, mailboxes(2));
  const records = d.api.follow();
  await records.accepted((await send(d, broadcast())).notifications);
  records.close();
  const { text } = await d.api.get('/metrics');
  assert.match(text, /^liaisond_attempts_total\{status="actual",outcome="accepted"\} [1-9]/m);
  await must('promtool', ['check', 'metrics'], { input: text });
});

/* --- streams, log and reload --- */

scene('a stream goes on after a restart of the daemon, without a gap and without a repetition', async (it) => {
  const peers = await sink(it);
  let d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, mailboxes(20));
  const first = d.api.follow();
  await first.accepted((await send(d, broadcast())).notifications);
  const last = first.ids.at(-1);
  await d.stop();
  await first.ended;
  d = await restart(it, d);
  const second = d.api.follow('', { lastEventId: last });
  await second.accepted((await send(d, broadcast())).notifications);
  const all = [...first.records, ...second.records];
  assertChain(all);
  assert.deepEqual([...first.ids, ...second.ids], all.map((r) => r.seq), 'the id of an event is its seq');
  const third = d.api.follow('outcome=accepted', { lastEventId: last });
  await third.accepted(second.counts['notification.accepted']);
  assert.ok(third.records.every((r) => r.outcome === 'accepted' && r.seq > last), 'filters hold, too');
  second.close();
  third.close();
});

scene('a reload with a bad file keeps the old configuration and says why; a good one is taken', async (it) => {
  const [first, second] = [await sink(it), await sink(it, { name: 'other' })];
  const d = await daemon(it, { smtp: { port: first.smtp } });
  await importRoster(d, mailboxes(3));
  const good = readFileSync(d.file, 'utf8');
  const records = d.api.follow();

  writeFileSync(d.file, `${good}\nsmtp_hots = "x";\ndispatch = { window = 3; };\n`);
  const refused = await d.reload();
  assert.match(refused, /configuration\.refused/);
  assert.match(refused, /smtp_hots/);
  assert.match(refused, /dispatch\.window/, 'every fault at once');
  assert.match(refused, /liaisond\.conf:\d+/, 'with its line');
  assert.doesNotMatch(refused, /\\x0a/, 'faults are joined, not escaped');
  const one = await send(d, broadcast());
  await records.accepted(one.notifications);
  await first.wait({ mails: one.notifications });

  configure(it, { smtp: { port: second.smtp } });
  assert.match(await d.reload(), /configuration\.reloaded/);
  const two = await send(d, broadcast());
  await records.accepted(one.notifications + two.notifications);
  await second.wait({ mails: two.notifications });
  assert.equal(first.mails().length, one.notifications, 'the first relay got nothing any more');

  const node = records.records.at(-1).node;
  writeFileSync(d.file, readFileSync(d.file, 'utf8').replace('"system-test"', '"another"'));
  for (let time = 0; time < 2; time++) {
    const from = d.part.lines.length;
    await d.reload();
    await d.part.line(/configuration\.needs_restart.*node/, { from });
  }
  const three = await send(d, broadcast());
  await records.accepted(one.notifications + two.notifications + three.notifications);
  assert.equal(records.records.at(-1).node, node, 'the node stays as it runs');
  records.close();
});

scene('the delivery log is rotated by rename and SIGHUP while it is written: no line lost, none twice', async (it) => {
  const peers = await sink(it, { rules: [{ match: { stage: 'body' }, action: { delay_ms: 5 } }] });
  const d = await daemon(it, { smtp: { port: peers.smtp, connections: 5 } });
  await importRoster(d, mailboxes(400));
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  const files = [];
  for (const n of [150, 400, 650]) {
    await records.accepted(n);
    const old = `${d.log}.${n}`;
    renameSync(d.log, old);
    files.push(old);
    await d.reload();
    await poll(10_000, 'the new file is there', () => existsSync(d.log));
  }
  await records.accepted(answer.notifications);
  // Once more when all is quiet: what was written last must not come again.
  const written = () => [...files, d.log].flatMap((f) => logLines(f)).at(-1)?.seq;
  await poll(10_000, 'the log has caught up', () => written() === records.ids.at(-1));
  renameSync(d.log, `${d.log}.quiet`);
  files.push(`${d.log}.quiet`);
  await d.reload();
  await poll(10_000, 'the new file is there', () => existsSync(d.log));
  const after = await send(d, broadcast());
  await records.accepted(answer.notifications + after.notifications);
  await d.stop();
  files.push(d.log);
  const lines = files.map((f) => logLines(f).map((r) => r.seq));
  assert.ok(lines.filter((list) => list.length > 0).length > 2, 'it was rotated while it was written');
  assertChain(files.flatMap((f) => logLines(f)));
  const verdict = await d.ctl('log', 'verify', ...files);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
});

scene('the delivery log is rotated while the daemon is down, after a stop: no line lost, none twice; after a crash: none lost, what comes twice is the same', async (it) => {
  const peers = await sink(it);
  let d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, mailboxes(10));
  const files = [];
  for (const end of ['stop', 'kill']) {
    const records = d.api.follow();
    const { notifications } = await send(d, broadcast());
    await records.accepted((files.length + 1) * notifications);
    const last = records.ids.at(-1);
    await poll(10_000, 'the log has caught up', () => logLines(d.log).at(-1)?.seq === last);
    await d[end]();
    renameSync(d.log, `${d.log}.${end}`);
    files.push(`${d.log}.${end}`);
    d = await restart(it, d);
  }
  const records = d.api.follow();
  const { notifications } = await send(d, broadcast());
  await records.accepted(3 * notifications);
  await d.stop();
  files.push(d.log);
  const [stopped, killed, rest] = files.map((f) => logLines(f));
  assertChain([...stopped, ...killed]);
  const again = rest.filter((r) => r.seq <= killed.at(-1).seq);
  assert.deepEqual(again, killed.slice(killed.length - again.length), 'what comes twice is the end of the old file');
  assertChain([...stopped, ...killed, ...rest.slice(again.length)]);
  const verdict = await d.ctl('--json', 'log', 'verify', ...files);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
  assert.equal(JSON.parse(verdict.stdout).repeated, again.length);
});

/* --- who may --- */

scene('over TCP a token and its role decide', async (it, t) => {
  const port = await freePort();
  const peers = await sink(it);
  const d = await daemon(it, { smtp: { port: peers.smtp }, api: { address: `127.0.0.1:${port}` } });
  await importRoster(d, mailboxes(2));
  const where = { host: '127.0.0.1', port };
  const stranger = new Api(where);
  assert.equal((await stranger.get('/v1/broadcasts')).status, 401);
  assert.equal((await stranger.get('/metrics')).status, 401);
  assert.equal((await stranger.get('/healthz')).status, 200);
  assert.equal((await new Api(where, `lsd_${'A'.repeat(43)}`).get('/v1/broadcasts')).status, 401);

  const created = {};
  for (const role of ['viewer', 'publisher', 'operator']) {
    const r = await d.ctl('token', 'create', role, '--role', role, '--json');
    assert.equal(r.code, 0, r.stdout + r.stderr);
    created[role] = JSON.parse(r.stdout);
    assert.match(created[role].token, /^lsd_/);
  }
  const requests = {
    read: (a) => a.get('/v1/broadcasts'),
    send: (a) => a.request('POST', '/v1/broadcasts', broadcast()),
    tokens: (a) => a.get('/v1/tokens'),
  };
  const rights = [['viewer', 200, 403, 403], ['publisher', 200, 201, 403], ['operator', 200, 403, 200]];
  for (const [role, ...statuses] of rights) {
    await t.test(`a ${role} may do what a ${role} does`, async () => {
      const mine = new Api(where, created[role].token);
      const got = [];
      for (const ask of Object.values(requests)) got.push(await ask(mine));
      assert.deepEqual(got.map((r) => r.status), statuses);
      for (const r of got.filter((x) => x.status === 403)) assert.match(r.json.detail, /publisher|operator/, 'the missing role is named');
    });
  }
  const { broadcasts } = await d.api.read('/v1/broadcasts');
  assert.deepEqual(broadcasts.map((b) => b.author), [`token:${created.publisher.id}`]);
  assert.equal((await d.api.request('DELETE', `/v1/tokens/${created.viewer.id}`)).status, 204);
  assert.equal((await new Api(where, created.viewer.token).get('/v1/broadcasts')).status, 401, 'a revoked one is none');
  const listed = await d.api.get('/v1/tokens');
  for (const { token } of Object.values(created)) assert.ok(!listed.text.includes(token.slice(4)), 'no token is ever shown again');
  assert.ok(!d.part.lines.some((l) => l.includes('lsd_')), 'nor logged');
});

/* --- corrections, before they are sent --- */

scene('the preview of a correction counts everyone that it speaks to, and what waits can be previewed', async (it) => {
  const peers = await sink(it);
  const d = await daemon(it, { smtp: { port: peers.smtp }, release: { second_person: ['actual 5 600'], approvers: ['chief@dss.example'] } });
  await importRoster(d, mailboxes(4));
  const records = d.api.follow();
  const alert = broadcast();
  const answer = await send(d, alert);
  await records.accepted(answer.notifications);
  const { identifier, sender, sent } = alert;
  const update = broadcast({ type: 'update', references: [{ identifier, sender, sent }], audience: { missions: ['m-0001'] } });
  const ask = (b) => d.api.request('POST', '/v1/preview', b).then((r) => r.json);
  const shown = await ask(update);
  assert.deepEqual(shown.missions.map((m) => m.mission), ['m-0001']);
  assert.deepEqual(shown.released.sort(), ['m-0002', 'm-0003', 'm-0004']);
  assert.equal(shown.told, 4);
  const sentUpdate = await send(d, update);
  assert.equal(sentUpdate.notifications, shown.notifications, 'what the preview counts is what is sent');
  const cancel = broadcast({ type: 'cancel', references: [{ identifier, sender, sent }] });
  delete cancel.audience;
  const over = await ask(cancel);
  assert.deepEqual([over.missions.length, over.told], [0, 4]);
  assert.equal((await send(d, cancel)).notifications, over.notifications);
  const missing = await ask({ ...update, identifier: 'OTHER', references: [{ identifier: 'NOWHERE', sender, sent }] });
  assert.match(missing.warnings.join(), /NOWHERE of .*, which is not here/);

  await importRoster(d, mailboxes(6));
  const waits = await send(d, broadcast());
  assert.equal(waits.state, 'pending');
  const now = await d.api.read(`/v1/broadcasts/${waits.id}/preview`);
  assert.deepEqual([now.missions.length, now.missions[0].representatives.length], [6, 2]);
  assert.equal((await d.api.get(`/v1/broadcasts/${answer.id}/preview`)).status, 404, 'what does not wait has none');
  records.close();
});

/* --- sending and stopping --- */

scene('the same broadcast twice is one; with other content it is a conflict', async (it) => {
  const peers = await sink(it);
  const d = await daemon(it, { smtp: { port: peers.smtp } });
  const roster = mailboxes(5);
  await importRoster(d, roster);
  const records = d.api.follow();
  const body = broadcast();
  const post = (b, headers) => d.api.request('POST', '/v1/broadcasts', b, headers);
  const all = await Promise.all(Array.from({ length: 8 }, () => post(body)));
  assert.deepEqual(all.map((r) => r.status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
  assert.equal(new Set(all.map((r) => r.json.id)).size, 1);
  const other = await post({ ...body, severity: 'minor' });
  assert.equal(other.status, 409);
  const third = broadcast();
  const keyed = [await post(third, { 'idempotency-key': 'abc' }), await post(third, { 'idempotency-key': 'abc' })];
  assert.equal(keyed[0].json.id, keyed[1].json.id);
  assert.equal((await post(broadcast(), { 'idempotency-key': 'abc' })).status, 422);
  const expected = all[0].json.notifications + keyed[0].json.notifications;
  await records.accepted(expected);
  await peers.wait({ mails: expected });
  const counts = tally(peers.mails());
  for (const p of roster.people) assert.equal(counts.get(p.email), 2, 'one of each broadcast');
  assert.equal((await d.api.records()).filter((r) => r.event === 'security.conflict').length, 1);
  records.close();
});

/** After the next start, from receivers that are well again. */
async function everybodyHasIt(it, stopped, peers, answer) {
  await peers.script([]);
  const d = await restart(it, stopped);
  const records = d.api.follow();
  await records.accepted(answer.notifications);
  assertChain(await d.api.records());
  records.close();
}

scene('SIGTERM while it sends: what is in flight is finished, the rest goes out after the next start', async (it) => {
  const peers = await sink(it, { rules: [{ match: { stage: 'body' }, action: { delay_ms: 100 } },
    { match: { path: '/hooks/*' }, action: { delay_ms: 100 } }] });
  const d = await daemon(it, { smtp: { port: peers.smtp, connections: 10 },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], per_host: 4 } });
  const roster = chicago(150, (i, mission) => [{ email: `liaison1@${mission}.example` },
    { webhook: `http://127.0.0.1:${peers.http}/hooks/${mission}` }]);
  await importRoster(d, roster);
  const answer = await send(d, broadcast());
  await peers.wait({ mails: 20, webhooks: 10 });
  const begun = Date.now();
  await d.stop(15_000); // asserts exit 0
  assert.ok(Date.now() - begun < 10_000, `it took ${Date.now() - begun} ms`);
  const before = logLines(d.log).filter((r) => r.event === 'notification.accepted').length;
  const stats = await peers.ask({ cmd: 'stats' });
  assert.equal(before, stats.distinct_mails + stats.distinct_webhooks, 'every arrival is on record');
  assert.ok(before < answer.notifications, 'it was stopped in the middle');
  await everybodyHasIt(it, d, peers, answer);
  const { duplicates } = await peers.ask({ cmd: 'stats' });
  assert.equal(duplicates, 0, 'nothing came twice');
});

scene('after its grace a stop gives up what hangs, and the next start sends it again', async (it) => {
  const hang = { hang: true };
  const peers = await sink(it, { rules: [{ match: { path: '/hooks/*' }, action: hang }, { match: { stage: 'body' }, action: hang }] });
  const d = await daemon(it, { smtp: { port: peers.smtp }, stop_grace_s: 1,
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], timeout_s: 60 } });
  await importRoster(d, chicago(1, (i, mission) => [{ email: `liaison1@${mission}.example`,
    webhook: `http://127.0.0.1:${peers.http}/hooks/${mission}` }]));
  const answer = await send(d, broadcast());
  await poll(10_000, 'all of them hang', async () => {
    const { rules } = await peers.ask({ cmd: 'stats' });
    return rules.reduce((n, rule) => n + rule.hits, 0) === answer.notifications;
  });
  d.part.signal('SIGTERM');
  await d.part.line(/daemon\.stopping/);
  d.part.signal('SIGHUP'); // whatever rotates logs does not know
  await d.part.line(/configuration\./);
  assert.ok(!d.part.lines.some((line) => /configuration\.(reloaded|refused)/.test(line)), 'who stops takes no configuration');
  await d.part.line(/stop\.giving_up/);
  assert.equal(await d.part.ended, 0);
  await everybodyHasIt(it, d, peers, answer);
});

scene('SIGTERM twice ends it at once, and cleanly', async (it) => {
  const peers = await sink(it, { rules: [{ match: { path: '/hooks/*' }, action: { hang: true } },
    { match: { stage: 'body' }, action: { delay_ms: 5 } }] });
  const d = await daemon(it, { smtp: { port: peers.smtp }, stop_grace_s: 60,
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], timeout_s: 60 } });
  await importRoster(d, chicago(300, (i, mission) => [{ email: `liaison1@${mission}.example`,
    webhook: `http://127.0.0.1:${peers.http}/hooks/${mission}` }]));
  const answer = await send(d, broadcast());
  await peers.wait({ mails: 50 });
  d.part.signal('SIGTERM');
  await d.part.line(/daemon\.stopping/);
  await d.stop(10_000);
  await everybodyHasIt(it, d, peers, answer);
});
