// Disks that are full, fail, are read-only or slow, under the store and under the delivery log: a clear no to
// whoever asks, an alarm, deliveries that go on, and a recovery by itself, without a loss, a gap or a repetition.
//   LIAISOND_TORTURE=1  waits for the alarm of a log that stays behind, which takes a minute
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { assertChain, daemon, importRoster, logLines, restart, send } from './harness/daemon.mjs';
import { faults } from './harness/faults.mjs';
import { broadcast, mailboxes } from './harness/roster.mjs';
import { must, poll, scene } from './harness/scene.mjs';
import { sink, tally } from './harness/sink.mjs';

const RELAY_MS = 40; // the relay takes so long for a mail, over so many connections:
const CONNECTIONS = 4;
const PEOPLE = 120;

const slowRelay = [{ match: { stage: 'body' }, action: { delay_ms: RELAY_MS } }];
const metric = async (d, name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec((await d.api.get('/metrics')).text)[1]);

/** What is asked of a daemon that cannot store is refused with a reason, and it says so to whoever watches. */
async function assertRefuses(d, body, why) {
  const r = await d.api.request('POST', '/v1/broadcasts', body);
  assert.equal(r.status, 503, r.text);
  assert.match(r.headers['content-type'], /^application\/problem\+json/);
  assert.equal(r.json.type, 'urn:liaisond:problem:unavailable');
  assert.match(r.json.detail, why);
  assert.ok(Number(r.headers['retry-after']) > 0);
  const ready = await d.api.get('/readyz');
  assert.equal(ready.status, 503);
  assert.match(ready.json.store, why);
  assert.equal((await d.api.get('/healthz')).status, 200, 'it is alive');
  assert.equal(await metric(d, 'liaisond_store_failing'), 1);
}

const isReady = (d) => poll(10_000, 'it is ready again by itself', async () => (await d.api.get('/readyz')).status === 200);

/** Everybody got it exactly once, and the journal and its file say so, without a gap. */
async function assertOnce(d, peers, sent) {
  for (const b of sent) await d.api.follow(`broadcast=${b.id}`).accepted(b.notifications, 60_000);
  const mails = peers.mails();
  for (const b of sent) {
    const counts = tally(mails.filter((m) => m.message_id.includes(b.id)));
    assert.equal(counts.size, b.notifications);
    assert.deepEqual([...counts].filter(([, n]) => n !== 1), [], 'nothing is repeated');
  }
  const journal = await d.api.records();
  assertChain(journal);
  return journal;
}

async function assertCaughtUp(d, journal) {
  await poll(20_000, 'the delivery log has caught up', () => logLines(d.log).length >= journal.length);
  assert.deepEqual(logLines(d.log).slice(0, journal.length).map((r) => r.hash), journal.map((r) => r.hash));
  const verdict = await d.ctl('log', 'verify', d.log);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
}

scene('a store that cannot be written: a clear 503, an alarm, and deliveries that go on', async (it) => {
  const broken = faults(it);
  const peers = await sink(it, { rules: slowRelay });
  const d = await daemon(it, { smtp: { port: peers.smtp, connections: CONNECTIONS } }, { env: broken.env });
  await importRoster(d, mailboxes(PEOPLE / 2));
  const sent = [];
  let arrived = 0;
  for (const [error, why] of [['ENOSPC', /full|I\/O/], ['EROFS', /read|I\/O/], ['EIO', /I\/O/]]) {
    const from = d.part.lines.length;
    sent.push(await send(d, broadcast()));
    await peers.wait({ mails: arrived + 20 });
    broken.breaks(error, it.file('state'));
    const late = broadcast();
    await assertRefuses(d, late, why);
    await d.part.line(/store\.failing/, { from });
    arrived += sent.at(-1).notifications;
    await peers.wait({ mails: arrived }); // what was in memory has gone on
    if (error === 'EIO') {
      await poll(20_000, 'the duty desk is told', () => peers.mails().some((m) => /cannot store anything/.test(m.subject)));
      await assertRefuses(d, late, why);
    }
    broken.heals();
    await isReady(d);
    await d.part.line(/store\.recovered/, { from });
    sent.push(await send(d, late));
    arrived += sent.at(-1).notifications;
  }
  const journal = await assertOnce(d, peers, sent);
  const outages = journal.filter((r) => r.event === 'store.outage');
  assert.equal(outages.length, 3);
  const told = outages.map((r) => /the duty desk was told$/.test(r.reply)); // of one that lasted: on a busy machine the others may
  assert.ok(told[2]);
  await poll(20_000, 'the duty desk is told that it is over', () => peers.mails().some((m) => /can store again/.test(m.subject)));
  assert.equal(peers.mails().filter((m) => /cannot store anything/.test(m.subject)).length, told.filter(Boolean).length, 'once each');
  await assertCaughtUp(d, await d.api.records());
  console.log(`# ${outages.map((r) => /for (\d+) s/.exec(r.reply)[1]).join(', ')} s without a store, ${arrived} mails, none lost or repeated`);
});

scene('a slow disk: answers wait for it, deliveries do not', async (it) => {
  const broken = faults(it);
  const peers = await sink(it, { rules: slowRelay });
  const d = await daemon(it, { smtp: { port: peers.smtp, connections: CONNECTIONS } }, { env: broken.env });
  await importRoster(d, mailboxes(PEOPLE / 2));
  const first = await send(d, broadcast());
  await peers.wait({ mails: 20 });
  broken.slows(1500, it.file('state'));
  const begun = Date.now();
  const asked = d.api.request('POST', '/v1/broadcasts', broadcast());
  const ready = await d.api.get('/readyz');
  assert.equal(ready.status, 503, ready.text);
  assert.match(ready.json.store, /no answer within 2 s/);
  await peers.wait({ mails: first.notifications });
  assert.ok(Date.now() - begun < 30_000);
  broken.heals();
  const second = await asked;
  assert.equal(second.status, 201, 'it was slow, not away');
  await isReady(d);
  await assertCaughtUp(d, await assertOnce(d, peers, [first, second.json]));
});

/** A file system of its own, so small that a test can fill it; fill() and clear() do and undo that. */
async function small(it, dir, size) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  await must('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'liaisond-test', dir]);
  it.defer(() => must('umount', ['-l', dir]));
  const filler = `${dir}/filler`;
  return {
    fill() {
      writeFileSync(filler, '');
      for (let n = 65536; n > 0; n = Math.floor(n / 2)) {
        try { for (;;) writeFileSync(filler, Buffer.alloc(n), { flag: 'a' }); } catch (e) { assert.equal(e.code, 'ENOSPC'); }
      }
    },
    clear: () => rmSync(filler),
  };
}

scene('a full disk under the store: refused, then taken, and nothing is lost', async (it) => {
  const peers = await sink(it, { rules: slowRelay });
  const disk = await small(it, it.file('state'), '8m');
  const d = await daemon(it, { smtp: { port: peers.smtp, connections: CONNECTIONS } });
  await importRoster(d, mailboxes(PEOPLE / 2));
  const sent = [await send(d, broadcast())];
  await peers.wait({ mails: 20 });
  disk.fill();
  let late;
  for (let taken = 201; taken === 201;) { // there may be room in pages that are there
    late = broadcast();
    const r = await d.api.request('POST', '/v1/broadcasts', late);
    taken = r.status;
    if (taken === 201) sent.push(r.json);
  }
  await assertRefuses(d, late, /full/);
  await peers.wait({ mails: sent[0].notifications });
  disk.clear();
  await isReady(d);
  sent.push(await send(d, late));
  await assertCaughtUp(d, await assertOnce(d, peers, sent));
});

scene('a full and a failing disk under the delivery log delay nobody, and the log catches up', async (it) => {
  const peers = await sink(it);
  const broken = faults(it);
  const disk = await small(it, it.file('log'), '256k');
  const d = await daemon(it, { smtp: { port: peers.smtp }, delivery_log: { file: it.file('log', 'delivery.jsonl') } }, { env: broken.env });
  await importRoster(d, mailboxes(PEOPLE / 2));
  const sent = [await send(d, broadcast())];
  await peers.wait({ mails: sent[0].notifications });
  disk.fill();
  sent.push(await send(d, broadcast()));
  await d.part.line(/delivery_log\.behind/);
  await peers.wait({ mails: sent[0].notifications + sent[1].notifications });
  assert.equal((await d.api.get('/readyz')).status, 200, 'the log is not the store');
  if (process.env.LIAISOND_TORTURE)
    await poll(90_000, 'the duty desk is told', () => peers.mails().some((m) => /delivery log cannot be written/.test(m.subject)));
  disk.clear();
  await d.part.line(/delivery_log\.catching_up/);
  await assertCaughtUp(d, await assertOnce(d, peers, sent));

  const from = d.part.lines.length;
  broken.breaks('EIO', d.log);
  sent.push(await send(d, broadcast()));
  await d.part.line(/delivery_log\.behind/, { from });
  await peers.wait({ mails: sent.reduce((n, b) => n + b.notifications, 0) });
  broken.heals();
  await d.part.line(/delivery_log\.catching_up/, { from });
  await assertCaughtUp(d, await assertOnce(d, peers, sent));
  assert.ok(!readFileSync(d.log, 'utf8').includes('\0'));
});

scene('killed with lines that its log had not written, and the log taken away: no line is lost', async (it) => {
  const broken = faults(it);
  const peers = await sink(it);
  let d = await daemon(it, { smtp: { port: peers.smtp } }, { env: broken.env });
  await importRoster(d, mailboxes(5));
  const sent = [await send(d, broadcast())];
  await assertCaughtUp(d, await assertOnce(d, peers, sent));
  broken.slows(60_000, d.log);
  for (let n = 0; n < 3; n++) { // the next lines wait behind the first, and so do those after them
    sent.push(await send(d, broadcast()));
    await assertOnce(d, peers, sent);
  }
  await d.kill();
  broken.heals();
  renameSync(d.log, `${d.log}.1`);
  d = await restart(it, d);
  const { length } = await d.api.records();
  await poll(20_000, 'the new file has caught up', () => logLines(d.log).at(-1)?.seq >= length);
  const verdict = await d.ctl('log', 'verify', `${d.log}.1`, d.log);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
});
