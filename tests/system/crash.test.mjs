// kill -9 at random moments of everything that a daemon does at once, before a real Postfix and nginx: after
// each death the promises are held against what arrived, what the journal says and what is in the log.
//   CRASH_SEED    repeats the chance of a run (the moments themselves are the machine's)
//   CRASH_S       how long it goes on (default 40)
//   CRASH_KILLS   instead: how often it is killed
//   CRASH_STEPS   how often it is killed while it brings an old database up to date (default 15)
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { assertChain, configure, launch, restart } from './harness/daemon.mjs';
import { Evidence } from './harness/evidence.mjs';
import { nginx } from './harness/nginx.mjs';
import { postfix } from './harness/postfix.mjs';
import { assertComplete, assertKept, assertSafe } from './harness/promises.mjs';
import { freePort, must, poll, scene } from './harness/scene.mjs';
import { pause, Seeded, seedOf } from './harness/seeded.mjs';
import { sink } from './harness/sink.mjs';
import { MOST_PER_HOST, Storm } from './harness/storm.mjs';
import { authority } from './harness/tls.mjs';

const SECONDS = Number(process.env.CRASH_S ?? 40);
const KILLS = Number(process.env.CRASH_KILLS ?? 0);
const AIMS = ['start', 'intake', 'fan-out', 'correction', 'acknowledgement', 'import', 'rotation', 'reload'];
const STEPS = Number(process.env.CRASH_STEPS ?? 15);
const OLD = 1000; // notifications in the old database
const LEAST = 60; // kills, however slow the machine is

/** Nobody is reminded in the time that this takes: one broadcast is one message for one endpoint. */
const LADDER = 'ladder = ( { whom = "representative"; urgency = [ "expected" ]; states = [ "reached" ]; after_s = 86400; } );\n';

/** Receivers behind real relays, a daemon on a configuration of its own, and everybody who uses it. */
async function world(it, chance) {
  const maildir = it.file('mail');
  mkdirSync(maildir);
  writeFileSync(it.file('ladder.conf'), LADDER);
  const peers = await sink(it, {
    args: ['--maildir', maildir, '--bodies'],
    rules: [{ match: { path: '/hooks/*' }, action: { delay_ms: 15 } }],
  });
  const relay = await postfix(it, { to: peers.smtp });
  const web = await nginx(it, { tls: await authority(it), to: peers.http });
  const pages = await freePort();
  const evidence = new Evidence(it.file('sink.jsonl'), it.file('postfix/mail.log'));
  const conf = {
    ladder_file: it.file('ladder.conf'),
    smtp: { port: relay.port, connections: 6 },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], per_host: 4 },
    dispatch: { window: 50 },
    store: { checkpoint_bytes: 65536 },
    delivery_log: { file: it.file('delivery.jsonl') },
    acknowledge: { base_url: `http://127.0.0.1:${pages}`, address: `127.0.0.1:${pages}`, forwarded_from: ['127.0.0.0/8'] },
  };
  const storm = new Storm(it, chance, evidence, { web: web.http, pages, maildir }, conf);
  return { evidence, storm, conf };
}

/** The promises, as far as they can be seen while things are on their way. */
async function check(w, d) {
  await w.evidence.look(d.api);
  assertSafe(w.evidence);
  await assertKept(w.evidence, d.api);
  const verdict = await d.ctl('log', 'verify', ...w.storm.rotated, d.log);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
}

/** One life: it starts, it is held against the promises, and it is killed when chance says so. */
async function live(it, chance, w, conf) {
  const { evidence, storm } = w;
  const aim = chance.pick(AIMS);
  const died = () => evidence.kills.push({ at: Date.now(), aim });
  if (aim === 'start') {
    const starting = launch(it, conf);
    await pause(chance.between(0, 60));
    await starting.kill();
    died();
  }
  const d = await restart(it, conf);
  await check(w, d); // before anybody may go on
  storm.lives(d);
  await storm.doing(aim, chance.between(50, 500));
  await pause(chance.between(0, 25));
  storm.gone();
  await d.kill();
  died();
}

/** Nobody asks for anything any more: until all that is on its way has come to its end. */
async function settle(w, d) {
  await w.storm.stop();
  for (const o of w.evidence.taken()) {
    await poll(60_000, `${o.body.identifier} is settled`, async () => {
      const { queued, sending, deferred } = (await d.api.read(`/v1/broadcasts/${o.answer.json.id}`)).progress.notifications;
      return queued + sending + deferred === 0;
    });
  }
  await poll(60_000, 'the relay has passed everything on', async () => {
    await w.evidence.look(d.api);
    return w.evidence.mails.length >= w.evidence.queued.size;
  });
}

function tell({ offers, answers, kills, records, webhooks, mails, roster }, { late, repeated }, sums) {
  const by = AIMS.map((a) => `${kills.filter((k) => k.aim === a).length} at ${a}`).join(', ');
  const of = (kind) => offers.filter((o) => o.kind === kind).length;
  console.log(`# ${kills.length} kills (${by})`);
  console.log(`# ${of('long')} alerts, ${of('short')} that expired soon, ${of('correction')} corrections, ${answers.length} answers, `
    + `${roster.answered} imports; ${mails.length} mails and ${webhooks.length} webhooks arrived, ${records.length} records`);
  console.log(`# ${sums.accepted} accepted, ${sums.withdrawn} withdrawn; ${repeated} came more than once, each under its own id; `
    + `the latest arrival ${late} ms after an expiry`);
}

scene('killed at random moments, it keeps its promises', async (it) => {
  const seed = seedOf('CRASH_SEED');
  console.log(`# CRASH_SEED=${seed}`);
  const chance = new Seeded(seed);
  const w = await world(it, chance);
  const first = await restart(it, configure(it, w.conf));
  await w.storm.setUp(first);
  await first.stop();
  w.storm.start();
  const end = Date.now() + SECONDS * 1000;
  const goesOn = () => (KILLS ? w.evidence.kills.length < KILLS : Date.now() < end || w.evidence.kills.length < LEAST);
  while (goesOn() && !w.storm.failed) await live(it, chance, w, configure(it, w.conf));

  const d = await restart(it, configure(it, w.conf));
  w.storm.lives(d);
  await settle(w, d);
  await assertKept(w.evidence, d.api);
  const sums = await assertComplete(w.evidence, d.api);
  const seen = assertSafe(w.evidence);
  tell(w.evidence, seen, sums);
  // In flight is what is on a connection, and what has come back and waits for one commit.
  const bound = w.evidence.kills.length * 4 * (w.conf.smtp.connections + MOST_PER_HOST);
  assert.ok(seen.repeated <= bound, `${seen.repeated} came more than once, at most ${bound} can have been in flight`);
  await d.stop();
  const verdict = await d.ctl('log', 'verify', ...w.storm.rotated, d.log);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
}, { timeout: KILLS ? 24 * 3600_000 : SECONDS * 1000 + 200_000 });

/** Nothing of the old broadcast is lost, whatever has become of it. */
async function assertWhole(d) {
  const { broadcasts } = await d.api.read('/v1/broadcasts?identifier=OLD-1');
  const { progress } = await d.api.read(`/v1/broadcasts/${broadcasts[0].id}`);
  for (const what of ['notifications', 'obligations'])
    assert.equal(Object.values(progress[what]).reduce((a, b) => a + b, 0), OLD, `${what} of the old database`);
  assertChain(await d.api.records());
}

scene('killed while it brings an old database up to date, it loses nothing of it', async (it) => {
  const seed = seedOf('CRASH_SEED');
  console.log(`# CRASH_SEED=${seed}`);
  const chance = new Seeded(seed);
  const peers = await sink(it);
  const conf = configure(it, { smtp: { port: peers.smtp } });
  const [old, db] = [it.file('old.db'), it.file('state', 'liaisond.db')];
  await must(process.env.OLD_STORE ?? 'old-store', [old, String(OLD)]);
  const bringBack = () => { // with its log, or it would be told from a restored one
    [`${db}-wal`, `${db}-shm`, conf.groups.delivery_log.file].forEach((file) => rmSync(file, { force: true }));
    copyFileSync(old, db);
  };
  bringBack();
  const begun = Date.now();
  let d = await restart(it, conf);
  const took = Date.now() - begun;
  await d.kill();
  let before = 0; // deaths before it said that it had started
  for (let n = 0; n < STEPS; n++) {
    if (n % 3 === 0) bringBack();
    const starting = launch(it, conf);
    await pause(chance.between(10, took));
    await starting.kill();
    before += !starting.part.lines.some((l) => /daemon\.started/.test(l));
    d = await restart(it, conf);
    await assertWhole(d);
    await d.kill();
  }
  bringBack();
  const from = peers.mails().length;
  d = await restart(it, conf);
  await d.api.follow('broadcast=019b7000-0000-7000-8000-000000000001').accepted(OLD, 120_000);
  await assertWhole(d);
  const mails = peers.mails().slice(from);
  assert.deepEqual(mails.filter((m) => !m.to[0].endsWith('@m-0001.example')).map((m) => m.subject), [], 'and nobody else anything');
  assert.equal(new Set(mails.map((m) => m.to[0])).size, OLD, 'everybody got it');
  assert.equal(new Set(mails.map((m) => m.message_id)).size, OLD, 'each mailbox one message');
  console.log(`# ${STEPS} kills, ${before} of them before it had started, which takes ${took} ms`);
}, { timeout: 180_000 + STEPS * 10_000 });
