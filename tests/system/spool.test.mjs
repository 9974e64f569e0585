// Files that other systems drop: taken or refused, with the reason beside them, and never half-read.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon, importRoster } from './harness/daemon.mjs';
import { broadcast, mailboxes } from './harness/roster.mjs';
import { poll, scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

/** Until the file is there; a late one is a failure. */
function appears(file, ms = 20_000) {
  return new Promise((resolve, reject) => {
    const folder = join(file, '..');
    const look = () => { if (existsSync(file)) { clearTimeout(timer); watcher.close(); resolve(JSON.parse(readFileSync(file, 'utf8'))); } };
    const watcher = watch(folder, look);
    const timer = setTimeout(() => { watcher.close(); reject(new Error(`${file} did not appear: ${readdirSync(folder)}`)); }, ms);
    look();
  });
}

scene('a file renamed into the spool is taken or refused, and says why', async (it) => {
  const dir = it.file('spool');
  const outside = it.file('outside');
  for (const folder of [dir, outside, join(dir, 'taken'), join(dir, 'refused')]) mkdirSync(folder);
  const peers = await sink(it);
  const drop = (name, text) => { writeFileSync(join(outside, name), text); renameSync(join(outside, name), join(dir, name)); };
  /** The result is written first, so that a crash in between repeats it; the file follows. */
  const moved = (where, name) => poll(10_000, `${name} in ${where}`,
    () => existsSync(join(dir, where, name)) && !existsSync(join(dir, name)));
  drop('before.json', JSON.stringify(broadcast()));
  const d = await daemon(it, { smtp: { port: peers.smtp }, spool: { dir } });
  assert.equal((await appears(join(dir, 'taken', 'before.json.result'))).missions, 0, 'it was there before the roster');
  await importRoster(d, mailboxes(2));

  const good = broadcast();
  drop('good.json', JSON.stringify(good));
  const taken = await appears(join(dir, 'taken', 'good.json.result'));
  assert.equal(taken.outcome, 'accepted');
  assert.equal(taken.missions, 2);
  await moved('taken', 'good.json');
  await peers.wait({ mails: taken.notifications });

  const audit = (await d.api.records('event=audit.spoolBroadcast')).at(-1);
  assert.deepEqual([audit.recipient, audit.endpoint, audit.detail], ['spool', 'good.json', 'spool taken']);
  assert.match(audit.reply, new RegExp(taken.id));

  drop('good.json', JSON.stringify(good));
  assert.equal((await appears(join(dir, 'taken', 'good.json.1.result'))).outcome, 'known');
  drop('bad.json', JSON.stringify(broadcast({ audience: {} })));
  const bad = await appears(join(dir, 'refused', 'bad.json.result'));
  assert.equal(bad.outcome, 'invalid');
  assert.equal(bad.faults[0].place, '/audience');
  drop('doctype.xml', '<?xml version="1.0"?><!DOCTYPE alert SYSTEM "file:///etc/passwd"><alert/>');
  assert.equal((await appears(join(dir, 'refused', 'doctype.xml.result'))).faults[0].code, 'doctype');
  drop('UPPER.JSON', JSON.stringify(broadcast()));
  assert.equal((await appears(join(dir, 'taken', 'UPPER.JSON.result'))).outcome, 'accepted');
  for (const name of ['noext', 'report.txt', 'alert.json.gz']) {
    drop(name, JSON.stringify(broadcast()));
    assert.equal((await appears(join(dir, 'refused', `${name}.result`))).outcome, 'unknown-type');
    await moved('refused', name);
  }
  for (let i = 0; i < 300; i++) drop(`many${i}.json`, '{}');
  symlinkSync('/etc/passwd', join(outside, 'link.json'));
  renameSync(join(outside, 'link.json'), join(dir, 'link.json'));
  writeFileSync(join(dir, '.part.json'), '{');
  drop('upload.tmp', '{');
  drop('upload.json.part', '{');
  drop('last.json', JSON.stringify({ ...good, severity: 'minor' }));
  assert.equal((await appears(join(dir, 'refused', 'last.json.result'))).outcome, 'conflict');
  await moved('refused', 'last.json');
  assert.deepEqual(readdirSync(dir).sort(), ['.part.json', 'link.json', 'refused', 'taken', 'upload.json.part', 'upload.tmp'], 'what is no whole file is left alone');
  assert.equal(readdirSync(join(dir, 'refused')).filter((n) => /^many\d+\.json$/.test(n)).length, 300);
});

scene('a file that takes the place of one that is being taken is taken after it', async (it) => {
  const dir = it.file('spool');
  const outside = it.file('outside');
  for (const folder of [dir, outside]) mkdirSync(folder);
  const peers = await sink(it);
  const d = await daemon(it, { smtp: { port: peers.smtp }, spool: { dir } });
  await importRoster(d, mailboxes(2));
  const taken = () => readdirSync(join(dir, 'taken')).filter((name) => name.endsWith('.result'))
    .map((name) => JSON.parse(readFileSync(join(dir, 'taken', name), 'utf8')).identifier);
  for (let i = 0; i < 40; i++) {
    const [first, last] = [broadcast(), broadcast()];
    for (const [name, what] of [['first', first], ['last', last]]) writeFileSync(join(outside, name), JSON.stringify(what));
    renameSync(join(outside, 'first'), join(dir, 'feed.json'));
    await new Promise((resolve) => setTimeout(resolve, i % 10));
    renameSync(join(outside, 'last'), join(dir, 'feed.json'));
    await poll(10_000, `${last.identifier} to be taken`, () => taken().includes(last.identifier));
  }
});
