// The delivery log as proof: signed by a key that never leaves the daemon, checked by anybody who has the public one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertChain, daemon, importRoster, logLines, restart, send } from './harness/daemon.mjs';
import { broadcast, mailboxes } from './harness/roster.mjs';
import { poll, run, scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

const ctl = process.env.LIAISONCTL ?? 'liaisonctl';
const verify = (...args) => run(ctl, ['log', 'verify', '--json', ...args]);
const newKey = (file) => execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', file]);

scene('a stopped daemon leaves a log that is signed to its end, over a rotation and a change of key', async (it) => {
  const key = it.file('journal.pem');
  const witness = it.file('witness.jsonl');
  newKey(key);
  const peers = await sink(it);
  const d = await daemon(it, { smtp: { port: peers.smtp }, journal: { key_file: key, witness } });
  await importRoster(d, mailboxes(2));
  const sent = await send(d, broadcast());
  await peers.wait({ mails: sent.notifications });
  const shown = await run(ctl, ['log', 'key', key]);
  const first = shown.stdout.trim();
  assert.match(first, /^[A-Za-z0-9_-]{43}$/);
  assert.ok(d.part.lines.some((l) => l.includes('journal.signing') && l.includes(first)));
  const bundle = await d.ctl('evidence', sent.id);
  assert.equal(bundle.code, 0, bundle.stderr);
  await d.stop();
  const proof = it.file('evidence.json');
  writeFileSync(proof, bundle.stdout);
  const proved = await run(ctl, ['evidence', 'verify', proof, '--public-key', first]);
  assert.equal(proved.code, 0, proved.stderr);
  assert.match(proved.stdout, /2 missions, [0-9]+ attempts/);
  writeFileSync(proof, bundle.stdout.replace('"recipient":"', '"recipient":"x'));
  const forged = await run(ctl, ['evidence', 'verify', '--json', proof, '--public-key', first]);
  assert.equal(forged.code, 1);
  assert.deepEqual(JSON.parse(forged.stdout).found.map((f) => f.code).slice(0, 2), ['changed', 'chain']);
  const one = it.file('delivery.jsonl.1');
  renameSync(d.log, one);

  const old = readFileSync(key, 'utf8');
  newKey(key);
  writeFileSync(key, readFileSync(key, 'utf8') + old);
  const again = await restart(it, d);
  await send(again, broadcast());
  await again.stop();
  const files = [one, d.log];
  assertChain([...logLines(one), ...logLines(d.log)]);
  assert.ok(logLines(d.log).some((r) => r.event === 'journal.key' && r.key === first));

  const whole = await verify('--public-key', first, '--witness', witness, '--from', '1', ...files);
  assert.equal(whole.code, 0, whole.stderr);
  const found = JSON.parse(whole.stdout);
  assert.equal(found.signed_seq, found.last_seq, 'the last record is a signature');
  assert.ok(found.witnessed >= 3, whole.stdout);
  assert.equal(readFileSync(witness, 'utf8').trim().split('\n').length, found.witnessed);
  for (const file of [...files, witness]) {
    assert.ok(!readFileSync(file, 'utf8').includes('PRIVATE'));
  }
  assert.ok(!again.part.lines.concat(d.part.lines).some((l) => l.includes(old.split('\n')[1])));

  const lines = readFileSync(d.log, 'utf8').trim().split('\n');
  const cut = it.file('cut.jsonl');
  writeFileSync(cut, `${lines.slice(0, -1).join('\n')}\n`);
  const short = await verify('--public-key', first, '--witness', witness, one, cut);
  assert.equal(short.code, 1);
  assert.deepEqual(JSON.parse(short.stdout).found.map((f) => [f.seq, f.code]), [[found.last_seq, 'cut-off']]);
});

/** Every byte of what is in the state folder. */
const stored = (d) => readdirSync(d.groups.store.dir).map((f) => readFileSync(join(d.groups.store.dir, f), 'latin1')).join('\n');

scene('a person who asked for it is in no file of the store any more, and the journal holds', async (it) => {
  const key = it.file('journal.pem');
  newKey(key);
  const peers = await sink(it);
  const d = await daemon(it, { smtp: { port: peers.smtp }, journal: { key_file: key } });
  const roster = mailboxes(2);
  const gone = 'someone-else@mission-1.example';
  const first = roster.representatives.split('\n')[1].split(',').find((c) => c.includes('@'));
  roster.representatives = roster.representatives.replace(first, gone);
  await importRoster(d, roster);
  const sent = await send(d, broadcast({ expires: new Date(Date.now() + 8000).toISOString() }));
  await peers.wait({ mails: sent.notifications });
  const early = await d.ctl('erase', `mailto:${gone}`, '--reason', 'asked for it');
  assert.equal(early.code, 1);
  assert.match(early.stderr, /the roster still has this endpoint/);

  roster.representatives = roster.representatives.replace(gone, first);
  await importRoster(d, roster);
  const open = await d.ctl('erase', '--json', `mailto:${gone}`, '--reason', 'asked for it');
  assert.deepEqual([JSON.parse(open.stdout).broadcasts, JSON.parse(open.stdout).open], [0, 1], 'it is open');
  assert.ok(stored(d).includes(gone));
  await poll(30_000, 'everything is over', async () => (await d.api.get('/v1/broadcasts')).json.broadcasts
    .every((b) => !['pending', 'released'].includes(b.state)) || undefined);

  const done = await d.ctl('erase', '--json', `mailto:${gone}`, '--reason', 'asked for it');
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual([JSON.parse(done.stdout).broadcasts, JSON.parse(done.stdout).open], [1, 0]);
  for (const look of [['explain', sent.id], ['status', sent.id], ['report', sent.id]]) {
    const shown = await d.ctl(...look);
    assert.equal(shown.code, 0, shown.stderr);
    assert.ok(!shown.stdout.includes(gone), look[0]);
  }
  const log = it.file('journal.jsonl');
  const all = await d.ctl('tail', '-n', 'all', '--json');
  writeFileSync(log, all.stdout);
  const whole = await verify('--from', '1', log);
  assert.equal(whole.code, 0, whole.stderr);
  assert.equal(JSON.parse(whole.stdout).erased, JSON.parse(done.stdout).records);
  assert.ok(JSON.parse(done.stdout).records > 0);
  assert.ok(!all.stdout.includes(gone));
  await d.stop();
  assert.ok(!stored(d).includes(gone) && !stored(d).includes('someone-else'));
});
