// Mail over relays of three makes, encrypted and logged in where they can: one refused mailbox costs nobody else, and a relay
// that is killed in the middle has, in the end, given everybody theirs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { daemon, importRoster, send } from './harness/daemon.mjs';
import { LOGIN, RELAYS, wire } from './harness/relays.mjs';
import { broadcast, mailboxes } from './harness/roster.mjs';
import { poll, scene } from './harness/scene.mjs';
import { sink, tally } from './harness/sink.mjs';
import { authority } from './harness/tls.mjs';

const MISSIONS = 30;
const REFUSED = 'liaison1@m-0007.example';
const CONNECTIONS = 4;
const SOME_BYTES = 150_000; // of a mail for each of them, which are of several thousand each

for (const make of RELAYS) {
  scene(`${make.name}: one is refused, and it is killed in the middle`, async (it, t) => {
    const tls = await authority(it);
    const mails = await sink(it);
    const relay = await make.start(it, { to: mails.smtp, tls, refused: REFUSED });
    const way = await wire(it, relay.port);
    writeFileSync(it.file('password'), `${LOGIN.password}\n`, { mode: 0o600 });
    const secure = { starttls: 'required', ca_file: tls.ca, user: LOGIN.user, password_file: it.file('password') };
    const d = await daemon(it, {
      smtp: { host: 'localhost', port: way.port, connections: CONNECTIONS, ...(make.proofs.length ? secure : {}) },
      dispatch: { retry_immediate: '0 1 1 1', retry_jitter_pct: 0 },
    });
    const roster = mailboxes(MISSIONS);
    await importRoster(d, roster);
    const wanted = roster.people.map((p) => p.email).filter((a) => a !== REFUSED);
    const of = (f, id) => f.records.filter((r) => r.broadcast === id && r.outcome && r.recipient.startsWith('m-'));
    const had = (f, id, outcome) => new Set(of(f, id).filter((r) => r.outcome === outcome).map((r) => r.endpoint.replace('mailto:', '')));
    const records = d.api.follow();
    it.say('the outcomes', () => [...new Set(records.records.filter((r) => r.outcome).map((r) => `${r.outcome}: ${r.reply}`))].join('\n'));
    const counts = (id) => tally(mails.mails().filter((m) => m.message_id.includes(id)));

    // Each has it once, over connections that a refusal does not cost.
    {
      const { id } = await send(d, broadcast());
      await records.until('all but one have it', (f) => had(f, id, 'accepted').size === wanted.length && had(f, id, 'refused').size === 1, 20_000);
      const [refusal] = of(records, id).filter((r) => r.outcome === 'refused');
      assert.equal(refusal.endpoint, `mailto:${REFUSED}`);
      assert.match(refusal.reply, make.refusal);
      assert.equal(of(records, id).length, wanted.length + 1, 'nobody was tried twice');
      await poll(60_000, 'all have arrived', () => wanted.every((a) => counts(id).has(a)));
      assert.deepEqual(wanted.filter((a) => counts(id).get(a) !== 1), [], 'who has it more than once');
      for (const proof of make.proofs) assert.match(relay.log(), proof);
    }
    // What it had taken when it was killed, and what it had not, arrives.
    {
      way.holdAfter(SOME_BYTES);
      const { id } = await send(d, broadcast());
      await records.until('some have it', (f) => had(f, id, 'accepted').size >= 5, 20_000);
      await relay.kill();
      way.release();
      await records.until('somebody was tried in vain', (f) => of(f, id).some((r) => r.outcome === 'deferred' || r.outcome === 'unknown'), 30_000);
      const lost = of(records, id).filter((r) => r.outcome === 'unknown');
      assert.ok(lost.length <= CONNECTIONS, 'no more are unknown than were on their way');
      await relay.start();
      await records.until('all have it', (f) => had(f, id, 'accepted').size === wanted.length, 20_000);
      await poll(60_000, 'all have arrived', () => wanted.every((a) => counts(id).has(a)));
      const seen = counts(id);
      t.diagnostic(`${lost.length} unknown, ${[...seen.values()].filter((n) => n > 1).length} came twice, all under their first id`);
    }
    records.close();
  });
}
