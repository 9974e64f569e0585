// One dead, slow or hostile destination delays no other by more than the manual says.
// LIAISOND_BACKLOG=100000 makes the dead host's queue as long as that; 10,000 otherwise.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { configure, daemon, importRoster, send } from './harness/daemon.mjs';
import { odd, raw, relay, web } from './harness/hostile.mjs';
import { backend } from './harness/nginx.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { freePort, poll, scene } from './harness/scene.mjs';
import { sink, tally } from './harness/sink.mjs';
import { authority, expired } from './harness/tls.mjs';

const BACKLOG = Number(process.env.LIAISOND_BACKLOG ?? 10_000);
const LOOPBACK = { allow_http: true, allow_networks: ['127.0.0.0/8'] };

/** A sanitizer keeps what is freed for a while; here that would hide what the daemon keeps. */
const FRUGAL = { ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'quarantine_size_mb=4', 'thread_local_quarantine_size_kb=64'].filter(Boolean).join(':') };

const memory = (d) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${d.part.child.pid}/status`, 'utf8'))[1]) / 1024;
const storyOf = (records, endpoint) => records.records.filter((r) => r.endpoint === endpoint && r.outcome);
const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
/** Nothing that a terminal would obey. */
const assertHarmless = (text) => assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);

scene('receivers that keep to no protocol cost the others nothing', async (it) => {
  const behind = await backend(it);
  const hostile = [];
  for (const [name, serve] of Object.entries(web)) hostile.push({ name, url: `http://127.0.0.1:${(await raw(it, serve)).port}/hook` });
  const healthy = Array.from({ length: 40 }, (_, i) => `http://127.0.0.1:${behind.port}/ok/${i}`);
  const mails = await sink(it);
  const d = await daemon(it, {
    smtp: { port: mails.smtp },
    webhook: { ...LOOPBACK, timeout_s: 3, connect_timeout_s: 2 },
    dispatch: { retry_immediate: '1 2', retry_jitter_pct: 0 },
  });
  const urls = [...hostile.map((h) => h.url), ...healthy];
  await importRoster(d, chicago(urls.length, (i) => [{ webhook: urls[i - 1] }]));
  const before = memory(d);
  const records = d.api.follow();
  const begun = Date.now();
  await send(d, broadcast());
  await records.until('the healthy ones have it', (f) => healthy.every((u) => storyOf(f, u).length > 0), 10_000);
  const took = Date.now() - begun;
  await records.until('each of the others was tried', (f) => hostile.every((h) => storyOf(f, h.url).length > 0), 30_000);
  assert.ok(took < 2500, `the healthy ones had it after ${took} ms`);
  assert.ok(behind.hits.length === healthy.length);
  for (const { name, url } of hostile) {
    const [story] = storyOf(records, url);
    const want = { 'a redirect to a huge address': /^refused$/, 'an answer before the question, then a reset': /^(accepted|deferred|unknown)$/ }[name]
      ?? /^(deferred|unknown)$/;
    assert.match(story.outcome, want, `${name}: ${story.outcome} ${story.reply}`);
    assert.ok(story.reply.length <= 512 && story.duration_ms < 3500, `${name}: ${story.duration_ms} ms, ${story.reply.length}`);
    assertHarmless(story.reply);
  }
  const grown = memory(d) - before;
  console.log(`# ${healthy.length} healthy beside ${hostile.length} hostile: ${took} ms; memory grew by ${grown.toFixed(1)} MiB`);
  assert.ok(grown < 100, `memory grew by ${grown} MiB`);
  records.close();
});

/**
 * Takes the configuration that was just written, sends something immediate, and answers how the next
 * attempt ended: the breaker may choose another message for its probe.  None that ends then was begun
 * before the reload, because none was on its way since.
 */
async function attempt(d, records, what) {
  await d.reload();
  await poll(20_000, `${what}: the attempts before have ended`, async () => /^liaisond_in_flight 0$/m.test((await d.api.get('/metrics')).text));
  const since = Date.now();
  const { id } = await send(d, broadcast());
  const outcomes = (f) => f.records.filter((r) => r.outcome && Date.parse(r.time) > since);
  await records.until(`${what}: something was tried`, (f) => outcomes(f).length > 0, 20_000);
  return { id, story: outcomes(records)[0] };
}

const STAGES = ['GREETING', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'BODY'];
const RELAYS = [
  ...['GREETING', 'RCPT', 'BODY'].flatMap((stage) => ['endless', 'trickling'].map((how) => [`${how} at ${stage}`, { [stage]: odd[how] }])),
  ...['garbage', 'nul', 'close'].map((how) => [`${how} at GREETING`, { GREETING: odd[how] }]),
  ['close at RCPT', { RCPT: odd.close }],
  ...STAGES.map((stage) => [`421 at ${stage}`, { [stage]: '421 4.3.2 going away' }]),
  ['an answer to the body before it was sent', { DATA: '250 2.0.0 taken already' }],
].map(([name, lines]) => ({ name, lines, outcome: name.match(/^(endless|trickling) at BODY/) ? 'unknown' : 'deferred' }));

scene('a relay that keeps to no protocol loses nothing, and holds nobody up when it is well again', async (it) => {
  const mails = await sink(it);
  const smtp = { reply_timeout_s: 1, message_timeout_s: 4, connections: 2 };
  const dispatch = { retry_immediate: '600', retry_jitter_pct: 0 };
  const d = await daemon(it, { smtp: { ...smtp, port: mails.smtp }, dispatch });
  await importRoster(d, chicago(1, () => [{ email: 'liaison@m-0001.example' }]));
  const records = d.api.follow();
  const ids = [];
  for (const { name, lines, outcome } of RELAYS) {
    const peer = await raw(it, relay(lines));
    configure(it, { smtp: { ...smtp, port: peer.port }, dispatch });
    const { id, story } = await attempt(d, records, name);
    ids.push(id);
    assert.equal(story.outcome, outcome, `${name}: ${story.reply}`);
    assertHarmless(story.reply);
  }
  configure(it, { smtp: { ...smtp, port: mails.smtp }, dispatch });
  await d.reload();
  for (const id of ids) assert.equal((await d.ctl('retry', id)).code, 0);
  await records.until('all are taken', (f) => ids.every((id) =>
    f.records.some((r) => r.broadcast === id && r.outcome === 'accepted' && r.recipient === 'm-0001/1')), 20_000);
  assert.equal(tally(mails.mails()).get('liaison@m-0001.example'), ids.length, 'the sink had each once');
  assert.equal(records.counts['obligation.escalated'], undefined);
  records.close();
});

/** Servers whose TLS is not to be trusted. */
async function untrusted(it, good, stranger) {
  const old = await expired(it);
  const keys = (c) => ({ cert: readFileSync(c.cert), key: readFileSync(c.key) });
  const weak = (version) => ({ ...keys(good), minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
  return [
    { name: 'expired', secure: keys(old), ca: old.ca, reply: /expired/ },
    { name: 'of another name', secure: keys(good), ca: good.ca, host: '127.0.0.2', reply: /no alternative certificate subject name|does not match/ },
    { name: 'of a stranger', secure: keys(stranger), ca: good.ca, reply: /certificate/ },
    { name: 'TLS 1.0', secure: weak('TLSv1'), ca: good.ca, reply: /protocol|alert|handshake|SSL|version/i },
    { name: 'TLS 1.1', secure: weak('TLSv1.1'), ca: good.ca, reply: /protocol|alert|handshake|SSL|version/i },
    { name: 'no TLS at all', ca: good.ca, reply: /SSL|wrong version|timeout|no connection/i },
  ];
}

scene('a webhook whose TLS is not to be trusted is told nothing', async (it) => {
  const good = await authority(it);
  const rows = await untrusted(it, good, await authority(it, 'stranger'));
  const mails = await sink(it);
  const d = await daemon(it, { smtp: { port: mails.smtp }, webhook: { allow_networks: ['127.0.0.0/8'], ca_file: good.ca } });
  for (const row of rows) {
    row.peer = await raw(it, (s) => s.once('data', () => s.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')), { secure: row.secure, host: row.host });
    row.url = `https://${row.host ?? 'localhost'}:${row.peer.port}/hook`;
  }
  const fine = await raw(it, (s) => s.once('data', () => s.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
    { secure: { cert: readFileSync(good.cert), key: readFileSync(good.key), maxVersion: 'TLSv1.2' } });
  const urls = [...rows.map((r) => r.url), `https://localhost:${fine.port}/hook`];
  await importRoster(d, chicago(urls.length, (i) => [{ webhook: urls[i - 1] }]));
  for (const row of rows) {
    configure(it, { smtp: { port: mails.smtp }, webhook: { allow_networks: ['127.0.0.0/8'], ca_file: row.ca } });
    await d.reload();
    const records = d.api.follow();
    const { id } = await send(d, broadcast({ audience: { missions: [`m-${String(rows.indexOf(row) + 1).padStart(4, '0')}`] } }));
    await records.until(`${row.name}: it was tried`, (f) => f.records.some((r) => r.broadcast === id && r.outcome && r.endpoint === row.url));
    const [story] = records.records.filter((r) => r.broadcast === id && r.endpoint === row.url && r.outcome);
    assert.equal(story.outcome, 'deferred', `${row.name}: ${story.reply}`);
    assert.match(story.reply, row.reply, row.name);
    assert.doesNotMatch(row.peer.heard, /POST|Streets/, row.name);
    records.close();
  }
  const records = d.api.follow();
  await send(d, broadcast({ audience: { missions: [`m-${String(urls.length).padStart(4, '0')}`] } }));
  await records.until('TLS 1.2 is good enough', (f) => storyOf(f, urls.at(-1)).some((r) => r.outcome === 'accepted'));
  records.close();
});

scene('with smtp.starttls required a relay whose TLS is not to be trusted hears no mail', async (it) => {
  const good = await authority(it);
  const rows = await untrusted(it, good, await authority(it, 'stranger'));
  const smtp = { host: 'localhost', starttls: 'required', ca_file: good.ca, reply_timeout_s: 2, connections: 1 };
  const dispatch = { retry_immediate: '600', retry_jitter_pct: 0 };
  const inside = (secure) => (socket) => new tls.TLSSocket(socket, { isServer: true, secureContext: tls.createSecureContext(secure), ...secure });
  const d = await daemon(it, { smtp: { ...smtp, port: await freePort() }, dispatch });
  await importRoster(d, chicago(1, () => [{ email: 'liaison@m-0001.example' }]));
  const records = d.api.follow();
  const meet = async (row, settings) => {
    const said = [];
    const lines = { MAIL: (s) => { said.push('MAIL'); s.write('250 Ok\r\n'); } };
    const peer = await raw(it, relay(lines, row.secure && inside(row.secure)), { host: row.host });
    configure(it, { smtp: { ...smtp, ...settings, port: peer.port }, dispatch });
    return { peer, said, story: (await attempt(d, records, row.name)).story };
  };
  for (const row of rows) {
    const { peer, said, story } = await meet(row, { ca_file: row.ca, host: row.host ?? 'localhost' });
    assert.equal(story.outcome, 'deferred', `${row.name}: ${story.reply}`);
    assert.match(story.reply, /nothing was sent/, row.name);
    assert.deepEqual(said, [], row.name);
    assert.doesNotMatch(peer.heard, /MAIL FROM|Subject/, row.name);
  }
  const { story } = await meet({ name: 'good', secure: { cert: readFileSync(good.cert), key: readFileSync(good.key) } }, {});
  assert.equal(story.outcome, 'accepted', story.reply);
  records.close();
});

/** From the request until the last of n was accepted. */
async function latency(d, records, n) {
  const begun = process.hrtime.bigint();
  const { id } = await send(d, broadcast({ audience: { countries: ['MX'] } }));
  await records.until('the sixty have it', (f) => f.records.filter((r) => r.broadcast === id && r.outcome === 'accepted' && r.recipient.startsWith('m-')).length === n, 60_000);
  return Number(process.hrtime.bigint() - begun) / 1e6;
}

scene(`an immediate broadcast beside a queue of ${BACKLOG} for a dead host`, async (it) => {
  const mails = await sink(it);
  const dead = `http://127.0.0.1:${await freePort()}`;
  const hanging = `http://127.0.0.1:${(await raw(it, () => {})).port}`;
  const posts = 60;
  const others = 1000;
  const d = await daemon(it, { log_level: 'info', smtp: { port: mails.smtp, connections: 20 }, webhook: { ...LOOPBACK, timeout_s: 5 } }, { env: FRUGAL });
  await importRoster(d, chicago(posts + others,
    (i) => [i <= posts ? { email: `liaison@m-${i}.example` } : { webhook: `${i % 2 ? dead : hanging}/${i}` }],
    (i) => ({ country: i <= posts ? 'MX' : 'FR' })));
  const records = d.api.follow('channel=smtp');
  const idle = [];
  for (let i = 0; i < 5; i++) idle.push(await latency(d, records, posts));
  const before = memory(d);
  for (let i = 0; i < BACKLOG / others; i++) {
    await send(d, broadcast({ urgency: 'expected', audience: { countries: ['FR'] } }));
  }
  const beside = [];
  for (let i = 0; i < 5; i++) beside.push(await latency(d, records, posts));
  const grown = memory(d) - before;
  const ratio = median(beside) / median(idle);
  const attempts = (await d.api.records('channel=webhook')).filter((r) => r.outcome).length;
  console.log(`# 60 posts: idle ${median(idle).toFixed(0)} ms, beside ${BACKLOG} for a dead and a hanging host ${median(beside).toFixed(0)} ms `
    + `(ratio ${ratio.toFixed(2)}); memory grew by ${grown.toFixed(1)} MiB; ${attempts} attempts burnt`);
  assert.ok(ratio < 4, `${ratio} times the idle daemon's`);
  assert.ok(grown < 150, `memory grew by ${grown} MiB`);
  assert.ok(attempts < others + BACKLOG / 10, `${attempts} attempts were burnt`);
  records.close();
});
