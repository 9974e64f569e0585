// The wall clock is set forward and back by hours and days under a running daemon.
import assert from 'node:assert/strict';
import { assertChain, daemon, importRoster, send } from './harness/daemon.mjs';
import { faults } from './harness/faults.mjs';
import { broadcast, mailboxes } from './harness/roster.mjs';
import { poll, scene } from './harness/scene.mjs';
import { pause } from './harness/seeded.mjs';
import { sink } from './harness/sink.mjs';

const HOUR = 3600_000;
const LONGEST_S = 2; // of the schedule below
const PEOPLE = 20;
const away = [{ match: { stage: 'rcpt', rcpt: '*' }, action: { smtp: '451 4.3.0 come again' } }];

for (const [name, step] of [['two hours forward', 2 * HOUR], ['three days forward', 72 * HOUR], ['two hours back', -2 * HOUR], ['three days back', -72 * HOUR]]) {
  scene(`the clock is set ${name}`, async (it) => {
    const broken = faults(it);
    const peers = await sink(it, { rules: away });
    const d = await daemon(it, { smtp: { port: peers.smtp }, dispatch: { retry_immediate: `1 1 ${LONGEST_S}`, retry_jitter_pct: 0 } }, { env: broken.env });
    await importRoster(d, mailboxes(PEOPLE / 2));
    const expires = (ms) => new Date(Date.now() + ms).toISOString();
    const long = await send(d, broadcast({ expires: expires(240 * HOUR) }));
    const short = await send(d, broadcast({ expires: expires(HOUR) }));
    const deferred = d.api.follow();
    await deferred.until('everybody was tried', (f) => f.counts['notification.deferred'] >= long.notifications + short.notifications);

    broken.clock(step);
    await d.part.line(/clock\.stepped/, { ms: 5000 });
    const attempts = async () => (await d.api.records()).filter((r) => r.outcome).length;
    const before = await attempts();
    await pause(3000); // the time over which attempts are counted
    const made = await attempts() - before;
    const most = 3 * (long.notifications + short.notifications + PEOPLE);
    assert.ok(made <= most, `${made} attempts in three seconds, at most ${most} are due`);

    await peers.script([]);
    const opened = Date.now();
    await d.api.follow(`broadcast=${long.id}`).accepted(long.notifications, LONGEST_S * 1000 + 15_000);
    const took = Date.now() - opened;
    const journal = await d.api.records();
    assertChain(journal);
    const [told] = journal.filter((r) => r.event === 'clock.stepped');
    assert.match(told.reply, new RegExp(`${step > 0 ? 'forward' : 'back'} by ${Math.abs(step) / 1000} s`));
    const arrived = peers.mails().filter((m) => m.message_id.includes(short.id)).length;
    if (step > 0) {
      await poll(5000, 'the short one is over', async () => (await d.api.read(`/v1/broadcasts/${short.id}`)).state === 'closed');
      assert.equal(arrived, 0, 'what has expired by the clock is not sent');
    } else {
      await d.api.follow(`broadcast=${short.id}`).accepted(short.notifications, 15_000);
    }
    console.log(`# ${name}: ${made} attempts in the 3 s after it, everybody told ${took} ms after the relay was back`);
  });
}
