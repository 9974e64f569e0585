// Mail: the daemon hands to a real Postfix, Postfix relays to the sink, and the sink counts.
// Greylisting and refusals are Postfix's own, at the daemon's hop.
import assert from 'node:assert/strict';
import { configure, daemon, importRoster, send } from './harness/daemon.mjs';
import { readMaildir } from './harness/mail.mjs';
import { greylist, postfix } from './harness/postfix.mjs';
import { broadcast, mailboxes } from './harness/roster.mjs';
import { poll, scene } from './harness/scene.mjs';
import { sink, tally } from './harness/sink.mjs';
import { authority } from './harness/tls.mjs';

const SOON = { retry_immediate: '0 1 1 2', retry_jitter_pct: 0 };

/** Sink, Postfix in front of it, daemon in front of that, with a roster of n missions of two. */
async function line(it, n, { relay: relayOptions = {}, smtp = {}, sinkArgs = [] } = {}) {
  const mails = await sink(it, { args: sinkArgs });
  const relay = await postfix(it, { to: mails.smtp, ...relayOptions });
  const d = await daemon(it, { smtp: { port: relay.port, ...smtp }, dispatch: SOON });
  const roster = mailboxes(n);
  const report = await importRoster(d, roster);
  assert.deepEqual([report.missions, report.representatives], [n, 2 * n]);
  return { mails, relay, d, addresses: roster.people.map((p) => p.email) };
}

/** Every address got the broadcast exactly once; answers who else got a mail. */
function assertOnceEach(mails, addresses) {
  const counts = tally(mails.mails());
  const wrong = addresses.filter((a) => counts.get(a) !== 1);
  assert.deepEqual(wrong.map((a) => [a, counts.get(a) ?? 0]), [], 'recipients who did not get it exactly once');
  return [...counts.keys()].filter((a) => !addresses.includes(a));
}

scene('2,000 mails go through Postfix, every recipient exactly once', async (it) => {
  const { mails, d, addresses } = await line(it, 1000);
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  assert.equal(answer.missions, 1000);
  assert.equal(answer.representatives, 2000);
  assert.ok(answer.notifications > 2000, 'the office is told too');
  await records.accepted(answer.notifications, 120_000);
  await mails.wait({ mails: answer.notifications, ms: 60_000 });

  const others = assertOnceEach(mails, addresses);
  assert.equal(others.length, answer.notifications - 2000, `also told: ${others}`);
  assert.ok(others.includes('duty@chicago.dss.example'));
  const ids = new Set(mails.mails().map((m) => m.message_id));
  assert.equal(ids.size, answer.notifications, 'every mail has its own Message-ID');

  const { progress } = await d.api.read(`/v1/broadcasts/${answer.id}`);
  assert.equal(progress.notifications.accepted, answer.notifications);
  assert.equal(progress.obligations.open, 0);
  assert.equal(progress.attempts, answer.notifications, 'nobody was tried twice');
  records.close();
});

scene('a greylisting relay (451 for the first try of each recipient) is tried again', async (it) => {
  const grey = await greylist(it);
  const { mails, d, addresses } = await line(it, 20, { relay: { policy: grey.port } });
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  await records.accepted(answer.notifications);
  await mails.wait({ mails: answer.notifications });
  assertOnceEach(mails, addresses);
  for (const address of addresses) {
    const story = records.records.filter((r) => r.endpoint === `mailto:${address}`);
    assert.deepEqual(story.map((r) => [r.event, r.attempt]), [['notification.deferred', 1], ['notification.accepted', 2]]);
    assert.match(story[0].reply, /451 4\.7\.1 .*greylisted/, "the peer's own words are kept");
    assert.ok(Date.parse(story[0].due) >= Date.parse(story[0].time), 'it says when the next try is due');
    assert.equal(grey.tries.get(address), 2);
  }
  records.close();
});

scene('a refused mailbox (550) costs nobody else, and its duty contact is told', async (it) => {
  const { mails, d, addresses } = await line(it, 20, {
    relay: { access: ['liaison1@m-0007.example 550 5.1.1 no such mailbox'] },
    sinkArgs: ['--maildir', it.file('mail')],
  });
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  await records.until('the obligation is taken over', (f) => f.counts['obligation.escalated'] === 1);
  const story = () => d.api.read(`/v1/broadcasts/${answer.id}/explain`);
  const refused = ({ missions, others }) => [...missions.flatMap((m) => m.obligations), ...others].find((o) => o.reason === 'every-endpoint-refused');
  await poll(30_000, 'the duty contact is told', async () => refused(await story())?.state === 'reached');
  await records.accepted(answer.notifications - 1);

  const refusals = records.records.filter((r) => r.event === 'notification.refused');
  assert.deepEqual(refusals.map((r) => [r.endpoint, r.attempt]), [['mailto:liaison1@m-0007.example', 1]]);
  assert.match(refusals[0].reply, /550 5\.1\.1 .*no such mailbox/);
  const lost = records.records.filter((r) => r.event === 'obligation.unreachable');
  assert.deepEqual(lost.map((r) => [r.recipient, r.missions]), [['m-0007/1', 'm-0007']]);

  const told = await story();
  const { missions } = told;
  const mission = missions.find((m) => m.mission === 'm-0007');
  assert.deepEqual(mission.obligations.map((o) => [o.recipient, o.state]).sort(),
    [['m-0007/1', 'unreachable'], ['m-0007/2', 'reached']]);
  assert.ok(missions.filter((m) => m !== mission).every((m) => m.obligations.every((o) => o.state === 'reached')));
  assert.equal(refused(told).recipient, mission.duty, 'it went to whoever is on duty for the mission');

  await mails.wait({ mails: (await d.api.records('outcome=accepted')).length });
  assertOnceEach(mails, addresses.filter((a) => a !== 'liaison1@m-0007.example'));
  const notices = readMaildir(it.file('mail')).filter((m) => /no such mailbox/.test(m.text));
  assert.equal(notices.length, 1, 'one notice says who could not be reached, and in which words he was refused');
  assert.match(notices[0].text, /Liaison 7\.1/);
  records.close();
});

scene('a relay that is down for a while gets everything when it is back', async (it) => {
  const { mails, relay, d, addresses } = await line(it, 100);
  await relay.stop();
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  await records.until('somebody was tried in vain', (f) => f.counts['notification.deferred'] >= 10);
  assert.equal(mails.mails().length, 0);
  assert.ok(records.records.filter((r) => r.outcome).every((r) => r.outcome === 'deferred' && /connect/i.test(r.reply)),
    'the reason says that nobody listens there');
  await relay.start();
  await records.accepted(answer.notifications, 90_000);
  await mails.wait({ mails: answer.notifications });
  assertOnceEach(mails, addresses);
  records.close();
});

const OFFERED = 'TLS connection established from';
const tlsRows = [
  { name: 'required and offered: the mail travels encrypted', starttls: 'required', offered: true, ca: true, encrypted: true },
  { name: 'optional and offered: encrypted too', starttls: 'optional', offered: true, ca: false, encrypted: true },
  { name: 'optional and not offered: in clear text', starttls: 'optional', offered: false, ca: false, encrypted: false },
  { name: 'off: in clear text although it is offered', starttls: 'off', offered: true, ca: false, encrypted: false },
];

for (const row of tlsRows) {
  scene(`STARTTLS ${row.name}`, async (it) => {
    const tls = await authority(it);
    const { mails, relay, d, addresses } = await line(it, 5, {
      relay: row.offered ? { tls } : {},
      smtp: { starttls: row.starttls, ...(row.ca ? { ca_file: tls.ca } : {}) },
    });
    const records = d.api.follow();
    const answer = await send(d, broadcast());
    await records.accepted(answer.notifications);
    await mails.wait({ mails: answer.notifications });
    assertOnceEach(mails, addresses);
    assert.equal(relay.log().includes(OFFERED), row.encrypted);
    records.close();
  });
}

const distrustRows = [
  { name: 'not offered: nothing is sent', offered: false, sentence: /STARTTLS|TLS|SSL/ },
  { name: 'offered by a stranger: nothing is sent', offered: true, sentence: /certificate/ },
];

for (const row of distrustRows) {
  scene(`STARTTLS required and ${row.name}, a sentence says why, and a reload lets it go`, async (it) => {
    const [theirs, ours] = [await authority(it, 'theirs'), await authority(it, 'ours')];
    const { mails, relay, d, addresses } = await line(it, 5, {
      relay: row.offered ? { tls: theirs } : {},
      smtp: { starttls: 'required', ca_file: ours.ca },
    });
    const records = d.api.follow();
    const answer = await send(d, broadcast());
    await records.until('several were tried in vain', (f) =>
      new Set(f.records.filter((r) => r.outcome === 'deferred').map((r) => r.endpoint)).size >= 4);
    for (const r of records.records.filter((x) => x.outcome)) assert.match(r.reply, row.sentence);
    assert.equal(mails.records().length, 0, 'nothing got through');
    assert.doesNotMatch(relay.log(), /client=/, 'no mail was even begun');

    configure(it, { smtp: { ...d.groups.smtp, ca_file: theirs.ca, starttls: row.offered ? 'required' : 'optional' }, dispatch: SOON });
    assert.match(await d.reload(), /reloaded/);
    await records.accepted(answer.notifications);
    await mails.wait({ mails: answer.notifications });
    assertOnceEach(mails, addresses);
    records.close();
  });
}
