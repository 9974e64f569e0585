// A backup of the working daemon, the loss of its store, and the start on the backup: what was there at
// the backup is there and goes on; what was lost is said, and no alert comes after its cancel.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { assertChain, daemon, importRoster, logLines, restart, send } from './harness/daemon.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { run, scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

const PEOPLE = 200;
const FILLING = 150; // recorded broadcasts of 60 KB: a store of some size
const HELD_UP_MS = 1500; // the longest that anybody may wait for the store while a backup is made
const binary = process.env.LIAISOND ?? 'liaisond';

const roster = () => chicago(PEOPLE / 2, (i, mission) => [1, 2].map((k) => ({ email: `liaison${k}@${mission}.example` })));
const checkStore = (path) => run(binary, ['--check-store', path]);

/** Asks whether a commit succeeds, again and again, until told to stop; the longest wait in ms. */
function waits(api) {
  let over = false;
  const longest = (async () => {
    let most = 0;
    let asked = 0;
    do {
      const from = performance.now();
      assert.equal((await api.get('/readyz')).status, 200);
      most = Math.max(most, performance.now() - from);
      asked++;
    } while (!over);
    return { most, asked };
  })();
  return { end: () => { over = true; return longest; } };
}

scene('restored from a backup, it goes on from there and says what is lost', async (it) => {
  const peers = await sink(it, { rules: [{ match: { stage: 'body' }, action: { delay_ms: 60 } }] });
  const conf = { smtp: { port: peers.smtp, connections: 4 } };
  const before = await daemon(it, conf);
  await importRoster(before, roster());
  const text = 'What is known. '.repeat(4000);
  for (let i = 0; i < FILLING; i++) {
    await send(before, broadcast({ identifier: `FILL-${i}`, status: 'system', messages: [{ language: 'en', headline: 'Filling', description: text }] }));
  }
  const kept = await send(before, broadcast({ identifier: 'KEPT' }));
  const stopped = await send(before, broadcast({ identifier: 'STOPPED' }));
  await peers.wait({ mails: 40 });

  // The backup, while mail goes out.
  const file = it.file('backup.db');
  const lookers = [waits(before.api), waits(before.api)];
  const at = Date.now();
  const made = await before.ctl('backup', file, '--json');
  const took = Date.now() - at;
  const held = await Promise.all(lookers.map((l) => l.end()));
  assert.equal(made.code, 0, made.stderr);
  const arrived = (await peers.ask({ cmd: 'stats' })).mails;
  assert.ok(arrived < 2 * PEOPLE, 'it was made in the middle of the sending');
  const longest = Math.max(...held.map((h) => h.most));
  assert.ok(held[0].asked > 1 && longest < HELD_UP_MS, `a commit waited ${longest} ms`);
  const { bytes } = JSON.parse(made.stdout);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(file).size, bytes);
  assert.ok(!existsSync(`${file}.part`) && !existsSync(it.file('state', 'liaisond.db.copy')), 'nothing is left lying about');
  console.log(`# ${bytes} bytes in ${took} ms while mail went out; the longest wait for a commit was ${longest.toFixed(0)} ms`);

  // It is not overwritten, it is good, and the store of the living daemon is nobody's to look into.
  const again = await before.ctl('backup', file);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is there already/);
  const verdict = await checkStore(file);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
  assert.match(verdict.stdout, /a backup made at 20/);
  const used = await checkStore(it.file('state'));
  assert.equal(used.code, 1);
  assert.match(used.stdout, /a liaisond uses/);
  const torn = it.file('torn.db');
  writeFileSync(torn, readFileSync(file).fill(0, bytes / 2, bytes / 2 + 8192));
  assert.equal((await checkStore(torn)).code, 1);

  // What happens after the backup is lost with the store.
  const lost = await send(before, broadcast({ identifier: 'LOST' }));
  const r = await before.api.request('POST', `/v1/broadcasts/${stopped.id}/cancel`, {});
  assert.equal(r.status, 201, r.text);
  await before.api.follow(`broadcast=${stopped.id}`).until('cancelled', (f) => (f.counts['broadcast.cancelled'] ?? 0) > 0);
  await peers.wait({ mails: arrived + 20 });
  const logged = () => logLines(before.log);
  await before.api.read(`/v1/broadcasts/${lost.id}`);
  await before.kill();
  const tail = logged().at(-1);
  const saw = logged().some((x) => x.event === 'broadcast.cancelled' && x.broadcast === stopped.id);
  assert.ok(saw, 'the log of the lost store has the cancel');
  const early = peers.mails().length;
  rmSync(it.file('state'), { recursive: true });

  // Restored: one file, in a folder of its own.
  mkdirSync(it.file('state'), { mode: 0o700 });
  copyFileSync(file, it.file('state', 'liaisond.db'));
  const after = await restart(it, before);
  const said = await after.part.line(/store\.restored/);
  assert.match(said, /a backup made at/);
  assert.match(said, new RegExp(`goes on differently up to record ${tail.seq} `));
  assert.match(said, /1 broadcasts cancelled/);
  assert.equal((await after.api.get(`/v1/broadcasts/${lost.id}`)).status, 404);
  assert.equal((await after.api.read(`/v1/broadcasts/${stopped.id}`)).state, 'cancelled');
  await after.api.follow(`broadcast=${kept.id}`).until('closed or all sent',
    (f) => f.records.filter((x) => x.event === 'notification.accepted').length >= kept.notifications, 60_000);

  // Everybody has the one that goes on; a repetition has the same id; the cancelled one came no more.
  const mails = peers.mails().map((m, i) => ({ ...m, late: i >= early }));
  const all = (id) => mails.filter((m) => m.message_id.includes(id));
  const ids = new Map();
  for (const m of all(kept.id)) ids.set(m.to[0], (ids.get(m.to[0]) ?? new Set()).add(m.message_id));
  const { people } = roster();
  assert.deepEqual(people.map((p) => p.email).filter((e) => ids.get(e)?.size !== 1), [], 'everybody has it, under one id');
  assert.equal(all(stopped.id).filter((m) => m.late).length, 0, 'no alert after its cancel');
  const once = new Set(all(kept.id).filter((m) => !m.late).map((m) => m.message_id));
  const repeated = all(kept.id).filter((m) => m.late && once.has(m.message_id)).length;
  console.log(`# of ${kept.notifications}, ${once.size} had come before the loss, ${repeated} of these came again under the same id`);

  // Who followed the lost store is not left waiting for numbers to come again.
  const follower = await after.api.get('/v1/records/stream', { 'last-event-id': '1000000' });
  assert.deepEqual([follower.status, follower.json.type], [409, 'urn:liaisond:problem:ahead']);

  // Both chains are whole, each by itself, and the new one names the other.
  const journal = await after.api.records();
  assertChain(journal);
  const mark = journal.find((x) => x.event === 'store.restored');
  assert.match(mark.reply, new RegExp(tail.hash));
  const aside = `${after.log}.before-restore-${tail.seq}`;
  for (const log of [aside, after.log]) {
    const whole = await after.ctl('log', 'verify', log);
    assert.equal(whole.code, 0, log + whole.stdout + whole.stderr);
  }

  // It is said once.
  await after.stop();
  const third = await restart(it, after);
  assert.ok(!third.part.lines.some((l) => /store\.restored/.test(l)));
  assert.equal((await third.api.records()).filter((x) => x.event === 'store.restored').length, 1);
});
